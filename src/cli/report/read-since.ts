// The day from which runs are wanted.
import { UsageError } from '../../errors.ts'

/** ISO 8601: a day, or a time in UTC. */
const SINCE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?$/

/** @throws UsageError for what is no date */
export function readSince(written: string): string {
  const time = new Date(written)
  if (SINCE.test(written) && !Number.isNaN(time.getTime())) return written
  throw new UsageError(`'${written}' is not a date`, {
    suggestions: ['Write it as 2026-11-28 or 2026-11-28T12:00:00Z.'],
  })
}
