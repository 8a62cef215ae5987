// Who holds a lock, who froze an app, who cancelled a run.
import type { EventOf, Freeze, Holder, InLine, Waiter } from '../protocol/event.ts'
import { formatSeconds } from './duration.ts'
import { refWords } from './ref.ts'

/** Says who holds a lock. */
export function holderWords(holder: Holder): string {
  const step = holder.step === undefined ? '' : `, step ${holder.step}`
  const by = holder.by === undefined ? '' : `, cancelled by ${holder.by}`
  return `held by ${holder.user} for ${formatSeconds(holder.seconds)}${step}, ${refWords(holder.ref)}, run ${holder.run}${by}`
}

/** Says what a deploy waits for: its place in the line, and who holds the lock. Empty where neither is known. */
export function waitWords({
  holder,
  inLine,
}: {
  holder?: Holder | undefined
  inLine?: InLine | undefined
}): string {
  return [...(inLine ? [lineWords(inLine)] : []), ...(holder ? [holderWords(holder)] : [])].join('; ')
}

/** The line of a deploy that waits. */
export function waitingWords(waiting: Parameters<typeof waitWords>[0]): string {
  return ['waiting for the lock', waitWords(waiting)].filter(Boolean).join(': ')
}

/** Says which place somebody has: `2nd in line, behind bob`. */
function lineWords({ ahead, behind }: InLine): string {
  if (ahead === 0) return 'next in line'
  return `${ordinal(ahead + 1)} in line${behind === undefined ? '' : `, behind ${behind}`}`
}

const ORDINAL_RULES = new Intl.PluralRules('en', { type: 'ordinal' })
const ORDINAL_ENDS: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd' }

function ordinal(number: number): string {
  return `${number}${ORDINAL_ENDS[ORDINAL_RULES.select(number)] ?? 'th'}`
}

/** Says who waits for the lock, with what, and for how long. */
export function waiterWords({ user, ref, seconds, run }: Waiter): string {
  return `${user} for ${formatSeconds(seconds)}, ${refWords(ref)}, run ${run}`
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
