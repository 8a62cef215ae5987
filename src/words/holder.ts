// Who holds a lock, who froze an app, who cancelled a run.
import type { EventOf, Freeze, Holder } from '../protocol/event.ts'
import { formatSeconds } from './duration.ts'
import { refWords } from './ref.ts'

/** Says who holds a lock. */
export function holderWords(holder: Holder): string {
  const step = holder.step === undefined ? '' : `, step ${holder.step}`
  const by = holder.by === undefined ? '' : `, cancelled by ${holder.by}`
  return `held by ${holder.user} for ${formatSeconds(holder.seconds)}${step}, ${refWords(holder.ref)}, run ${holder.run}${by}`
}

/** Says whose processes still live, of a run whose head has died. */
export function busyWords(holder: Holder | undefined): string {
  const step = holder?.step === undefined ? '' : `, step ${holder.step}`
  return holder
    ? `processes of an interrupted run are still alive: by ${holder.user}, ${formatSeconds(holder.seconds)} ago${step}, ${refWords(holder.ref)}, run ${holder.run}`
    : 'processes of an interrupted run are still alive'
}

/** Says who stopped all deploys, and why; blanks travel as `_`. */
export function freezeWords(freeze: Freeze): string {
  return `by ${freeze.user}, ${freezeAge(freeze)}: ${freeze.reason.replaceAll('_', ' ')}`
}

/** Says who cancelled a run, to all who watch it. */
export function cancelledWords({ by, when }: EventOf<'cancelled'>): string {
  return `cancelled by ${by}${when === 'now' ? ', with --now' : ''}`
}

/** Says how long ago an app was frozen. */
function freezeAge({ seconds }: Freeze): string {
  return seconds < 2 ? 'just now' : `${formatSeconds(seconds)} ago`
}
