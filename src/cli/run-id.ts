// A run's id as a person types it.
import { UsageError } from '../errors.ts'
import { RUN_ID } from '../protocol/grammar.ts'

/** Checks an id. @throws UsageError */
export function readRunId(text: string): string {
  if (RUN_ID.test(text)) return text
  throw new UsageError(`'${text}' is no id of a run`, {
    suggestions: ['It looks like 20261122T120000Z-0123456789abcdef: see shipit history'],
  })
}
