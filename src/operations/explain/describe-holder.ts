// Who has the lock of an app, and who waits for it, in an error's words.
import type { Holder, InLine } from '../../protocol/event.ts'
import { describeRef } from '../../protocol/request.ts'
import { formatSeconds } from '../../words/duration.ts'

/** Says who has the lock; without a holder nobody may have it. */
export function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another run is starting, or has just ended'
  const step = holder.step === undefined ? '' : `, now in step '${holder.step}'`
  const by = holder.by === undefined ? '' : `, cancelled by ${holder.by}`
  return `${holder.user} has been deploying ${describeRef(holder.ref)} for ${formatSeconds(holder.seconds)}${step}${by} (run ${holder.run})`
}

/** Those who came before, and wait with `--wait`. */
export function describeLine(inLine: InLine | undefined): string {
  if (!inLine || inLine.ahead === 0) return ''
  return inLine.ahead === 1 ? `${inLine.behind} is waiting for it` : `${inLine.ahead} are waiting for it`
}
