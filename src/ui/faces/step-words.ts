// The words that all faces use for the same thing.
import type { EventOf, Freeze, Holder, OutcomeEvent, SkipReason } from '../../protocol/event.ts'
import type { Ref } from '../../protocol/request.ts'
import { formatDuration } from '../../words/duration.ts'
import type { StepRecord } from './host-record.ts'

/** Names a ref: `branch 'x'`. */
export function refWords(ref: Ref): string {
  return `${ref.kind} '${ref.name}'`
}

/** Shortens a commit to what people read; enough to be one of its kind in any repository. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12)
}

/** Says why a step is skipped. */
export function skipWords(reason: SkipReason | undefined): string {
  if (reason === 'kept') return 'the release is kept'
  return reason === 'sandbox' ? 'sandbox: not run there' : 'not asked for'
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

/** Says after what time a step failed, where that is no news already. */
export function afterWords(step: StepRecord): string {
  if (step.ms === undefined || step.limitSeconds !== undefined) return ''
  return ` after ${formatDuration(step.ms)}`
}

/** Says what a lost connection means for the run. */
export function lostWords(hasBegun: boolean): string {
  return `connection lost${hasBegun ? ', the run goes on' : ''}; trying again`
}

/** Says who holds a lock. */
export function holderWords(holder: Holder): string {
  const step = holder.step === undefined ? '' : `, step ${holder.step}`
  const by = holder.by === undefined ? '' : `, cancelled by ${holder.by}`
  return `held by ${holder.user} for ${formatDuration(holder.seconds * 1000)}${step}, ${refWords(holder.ref)}, run ${holder.run}${by}`
}

/** Says whose processes still live, of a run whose head has died. */
export function busyWords(holder: Holder | undefined): string {
  const step = holder?.step === undefined ? '' : `, step ${holder.step}`
  return holder
    ? `processes of an interrupted run still live: by ${holder.user}, ${formatDuration(holder.seconds * 1000)} ago${step}, ${refWords(holder.ref)}, run ${holder.run}`
    : 'processes of an interrupted run still live'
}

/** Says who cancelled a run, to all who watch it. */
export function cancelledWords({ by, when }: EventOf<'cancelled'>): string {
  return `cancelled by ${by}${when === 'now' ? ', to end at once' : ''}`
}

/** Names the flags of a run as they are typed. */
export function flagWords(flags: readonly string[] = []): string {
  return flags.map((flag) => ` --${flag.replace('=', ' ')}`).join('')
}

/** Says which run a rollback goes back to; nothing for a deploy. */
export function backWords(run: { to?: string }): string {
  return run.to === undefined ? '' : `, back to run ${run.to}`
}

/** Says in which step a run stopped, or before which: what was cancelled between two steps did not begin the next. */
export function stoppedWords({ outcome, step, status }: OutcomeEvent): string {
  if (step === undefined) return ''
  return outcome === 'cancelled' && status === undefined ? ` before ${step}` : ` in ${step}`
}

/** Says how far a host came that went back by itself; nothing if it did not. */
export function wentBackWords({ back, tried, backStep }: OutcomeEvent): string {
  const failed = backStep === undefined ? '' : `'${backStep}' failed`
  if (back !== undefined) return `went back by itself to run ${back}${failed && `; there ${failed} as well`}`
  if (tried === undefined) return ''
  return `began to go back by itself to run ${tried} and did not come to it${failed && `: ${failed}`}`
}

/** Says who stopped all deploys, and why; blanks travel as `_`. */
export function freezeWords(freeze: Freeze): string {
  return `by ${freeze.user}, for ${formatDuration(freeze.seconds * 1000)}: ${freeze.reason.replaceAll('_', ' ')}`
}

/** An address, with its port if it has one. */
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g

/** What is left of a text when it does not matter which host it is about: equal for hosts that are alike. */
export function anonymous({ host }: { host: string }, text: string): string {
  return text.replaceAll(host, '\0').replaceAll(ADDRESS, '\0')
}
