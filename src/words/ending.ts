// Where a run stopped, how it ended where it did not succeed, how far a host came on its way back, and why there was none.
import type { ShipitError } from '../errors.ts'
import type { OutcomeEvent } from '../protocol/event.ts'
import type { HostOutcome } from '../results/progress.ts'
import { shortCommit } from './ref.ts'

/** Says in which step a run stopped, or before which: what was cancelled between two steps did not begin the next. */
export function stoppedWords({ outcome, step, status }: OutcomeEvent): string {
  if (step === undefined) return ''
  return outcome === 'cancelled' && status === undefined ? ` before ${step}` : ` in ${step}`
}

/** Says what is newer than a superseded run, as it ends; nothing of another. */
export function supersededWords({ outcome, live }: OutcomeEvent): string {
  if (outcome !== 'superseded' || !live) return ''
  const partly = live.how === 'partial' ? ' only partly' : ''
  return `${shortCommit(live.commit)} is live${partly}, and newer`
}

/** Says which run a rollback goes back to; nothing for a deploy. */
export function backWords(run: { to?: string }): string {
  return run.to === undefined ? '' : `, back to run ${run.to}`
}

/** Says how far a host came that went back by itself; nothing if it did not. */
export function wentBackWords({ back, tried, backStep }: OutcomeEvent): string {
  const failed = backStep === undefined ? '' : `'${backStep}' failed`
  if (back !== undefined) return `went back by itself to run ${back}${failed && `, where ${failed} as well`}`
  if (tried === undefined) return ''
  return `started to go back by itself to run ${tried} and did not reach it${failed && `: ${failed}`}`
}

/** Says why nothing was begun on a host that needed nothing. */
export function notNeededWords({ isUpToDate }: HostOutcome): string {
  return isUpToDate ? 'up to date' : 'nothing in this app changed'
}

/** Says in a word or two how a run ended that did not succeed, as far as that is known. */
export function badEndWords({ kind, isUnknown }: ShipitError): string {
  if (isUnknown) return 'outcome unknown'
  return kind === 'cancelled' ? 'cancelled' : 'failed'
}
