// Shows short answers of hosts, one line each.
import { styleText } from 'node:util'
import type { ShipitError } from '../errors.ts'
import type { HostAnswer } from '../operations/ask-hosts.ts'

/** Prints what each host answered to stdout, and why others did not to stderr. */
export function showAnswers(
  answers: readonly HostAnswer[],
  say: (events: HostAnswer['events'], host: string) => string,
): void {
  for (const { host, events, error } of answers) {
    if (!error) {
      process.stdout.write(`${host}: ${say(events, host)}\n`)
      continue
    }
    showError(error)
  }
}

/** Prints an error and what can be done to stderr. */
export function showError(error: ShipitError): void {
  const title = styleText('red', 'error', { stream: process.stderr })
  const lines = [`${title}: ${error.message}`, ...error.suggestions.map((each) => `  → ${each}`)]
  process.stderr.write(`${lines.join('\n')}\n`)
}
