// Shows short answers of hosts.
import type { ShipitError } from '../errors.ts'
import type { JsonLine } from '../json/lines.ts'
import type { HostAnswer } from '../operations/ask/ask-hosts.ts'
import { errorData, renderJsonLine } from '../safe-text/json-line.ts'
import { annotate, print, printJson, say } from '../ui/output/print-lines.ts'
import { formatAnswers, formatErrors } from '../ui/views/answers-view.ts'

/** Prints what the hosts answered to stdout, and why others did not to stderr. */
export function showAnswers(answers: readonly HostAnswer[], say: (answer: HostAnswer) => string): void {
  const answered = answers.filter(({ error }) => !error)
  const lines = formatAnswers(answered.map((each) => ({ host: each.host, words: say(each) })))
  print(lines)
  showErrors(answers)
}

/**
 * Prints what the hosts answered, and why others did not, for programs: one line of JSON for each host.
 * @param tell the line of an answer
 */
export function showAnswersJson(
  event: 'cancel' | 'freeze' | 'unfreeze',
  answers: readonly HostAnswer[],
  tell: (answer: HostAnswer) => JsonLine,
): void {
  printJson(
    answers.map((each) =>
      renderJsonLine(each.error ? { event, host: each.host, error: errorData(each.error) } : tell(each)),
    ),
  )
}

/** Prints why hosts failed, and what can be done, to stderr. */
export function showErrors(answers: readonly { host: string; error?: ShipitError }[]): void {
  const failed = answers.flatMap(({ host, error }) => (error ? [{ host, error }] : []))
  say(formatErrors(failed))
  for (const message of new Set(failed.map(({ error }) => error.message))) annotate({ message })
}
