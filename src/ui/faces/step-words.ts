// What faces say of a step.
import type { SkipReason } from '../../protocol/event.ts'
import { formatDuration } from '../../words/duration.ts'
import type { StepRecord } from '../record/step-record.ts'

/** Says why a step is skipped. */
export function skipWords(reason: SkipReason | undefined): string {
  if (reason === 'kept') return 'the release is kept'
  return reason === 'sandbox' ? 'sandbox: not run there' : 'not requested'
}

/** Says how a step failed. */
export function failureWords(step: StepRecord): string {
  if (step.isCancelled) return 'cancelled'
  if (step.state === 'unfinished') return 'did not finish'
  if (step.limitSeconds !== undefined) return `ran out of time (${step.limitSeconds} s)`
  const signal = SIGNALS.get(step.status)
  return signal === undefined
    ? `failed with status ${step.status}`
    : `was ended by ${signal} (status ${step.status})`
}

/** What a shell makes of a signal, of those that end a step: 128 and its number. */
const SIGNALS: ReadonlyMap<number | undefined, string> = new Map([
  [137, 'KILL'],
  [143, 'TERM'],
])

/** Says after what time a step failed, unless that is known already. */
export function afterWords(step: StepRecord): string {
  if (step.ms === undefined || step.limitSeconds !== undefined) return ''
  return ` after ${formatDuration(step.ms)}`
}
