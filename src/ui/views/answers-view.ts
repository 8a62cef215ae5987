// Short answers of hosts: what many say alike is said once.

import { styleText } from 'node:util'
import type { ShipitError } from '../../errors.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import { anonymous } from './anonymous.ts'
import { foldHosts } from './fold-hosts.ts'

/** Formats what each host said, a line for each thing that was said. */
export function formatAnswers(said: readonly { host: string; words: string }[]): string[] {
  return [...Map.groupBy(said, ({ words }) => words)].map(
    ([words, group]) => `${foldHosts(group.map(({ host }) => host))}: ${words}`,
  )
}

/** Formats why hosts failed, and what can be done: once for those that failed alike. */
export function formatErrors(failed: readonly { host: string; error: ShipitError }[]): string[] {
  const groups = Map.groupBy(failed, (each) =>
    anonymous(
      { ...each.error.details, host: each.host },
      [each.error.message, ...each.error.suggestions].join('\n'),
    ),
  )
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).flatMap(({ host, error }) => {
      const title = styleText('red', 'error', { stream: process.stderr })
      const all = foldHosts(group.map((each) => each.host))
      const [before, after] = group.length === 1 ? ['', ''] : [`${all}: `, `  (as ${host} has it)`]
      return [
        `${title}: ${before}${cleanLines(error.message).join('\n')}${after}`,
        ...error.suggestions.map((suggestion) => `  → ${cleanLine(suggestion)}`),
      ]
    }),
  )
}
