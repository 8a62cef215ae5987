// Why a step was done on no host, in the words of one row.
import { isNotNeeded } from '../../../results/progress.ts'
import type { HostRecord } from '../../record/host-record.ts'
import { skipWords } from '../step-words.ts'

/** As `skipWords` has it: the row then names what was not asked for. */
export const NOT_ASKED = 'not requested'

/** What stands after the number of steps that have such a row. */
const FOLDED: Readonly<Record<string, string>> = {
  'the release is kept': 'skipped (the release is kept)',
  'sandbox: not run there': 'skipped (not run in the sandbox)',
}

/** Says why a step was not done: the one reason, or each with the number of its hosts, most first. */
export function undoneWords(name: string, records: readonly HostRecord[]): string {
  const skips = records.map((record) => skippedWords(name, record))
  // what one host was not asked for, none was
  const otherwise = skips.includes(NOT_ASKED) ? NOT_ASKED : undefined
  const reasons = [
    ...Map.groupBy(records, (record, index) => skips[index] ?? otherwise ?? leftWords(record)),
  ].sort(([, one], [, other]) => other.length - one.length)
  const [first] = reasons
  if (reasons.length <= 1) return first?.[0] ?? ''
  return reasons
    .map(([reason, { length }], index) => `${foldedWords(reason)} on ${index > 0 ? length : hostsOf(length)}`)
    .join(', ')
}

/** What of the note of a row stands after the number of steps that have it. */
export function foldedWords(note: string): string {
  return FOLDED[note] ?? note
}

function skippedWords(name: string, record: HostRecord): string | undefined {
  const step = record.stepNamed(name)
  return step?.state === 'skipped' ? skipWords(step.skipped) : undefined
}

/** Why a step never began: nobody knows that when the host was lost. */
function leftWords({ ended }: HostRecord): string {
  if (ended && isNotNeeded(ended)) return 'not needed'
  return ended?.error?.isUnknown ? 'unknown' : 'did not run'
}

function hostsOf(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}
