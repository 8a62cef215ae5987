// A run's id as a person types it: whole, the beginning of one, or `last`.
import { UsageError } from '../errors.ts'
import { LAST_RUN } from '../operations/ask/match-run.ts'

/** The beginning of an id, or of its random part, which is what people are shown. */
const BEGINNING = /^(?:[0-9a-f]{1,16}|[0-9]{8}T[0-9]{0,6}|[0-9]{8}T[0-9]{6}Z(?:-[0-9a-f]{0,16})?)$/

/** Checks what stands for an id. @throws UsageError */
export function readRunId(text: string): string {
  const word = text.toLowerCase()
  if (word === LAST_RUN) return LAST_RUN
  if (BEGINNING.test(text)) return text
  if (BEGINNING.test(word)) return word
  throw new UsageError(`'${text}' is not a run id`, {
    suggestions: ["Give the id that 'shipit history' shows, its first digits, or the word last."],
  })
}
