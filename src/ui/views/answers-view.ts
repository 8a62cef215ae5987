// Short answers of hosts: what many say alike is said once.

import { styleText } from 'node:util'
import type { ShipitError } from '../../errors.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import { hintLines } from '../output/print-lines.ts'
import { anonymous, withoutHost } from './anonymous.ts'
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
    group.slice(0, 1).flatMap(({ error }) => {
      const title = styleText('red', 'error', { stream: process.stderr })
      const hosts = group.map((each) => each.host)
      const message = cleanLines(error.message).join('\n')
      return [
        group.length === 1
          ? `${title}: ${message}`
          : `${title}: ${foldHosts(hosts)}: ${withoutHost(hosts, message)}`,
        ...hintLines(error.suggestions.map(cleanLine), process.stderr).map((line) => `  ${line}`),
      ]
    }),
  )
}
