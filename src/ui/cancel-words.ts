// What becomes of a run that is asked to end: at once, after its step, or when root's step has ended.
import type { EventOf } from '../protocol/event.ts'
import type { Progress } from '../protocol/progress.ts'

type Cancel = {
  /** what the host answered */
  event: EventOf<'cancelling'> | undefined
  /** a publish step is to be ended too */
  isNow: boolean
  /** the names of the steps that root runs */
  rootSteps: ReadonlySet<string>
  /** the command that ends a publish step too */
  command: string
}

/** Says in which step a run is cancelled, and when it ends. */
export function cancelWords({ event, isNow, rootSteps, command }: Cancel): string {
  if (event?.step === undefined) return ''
  const where = ` in step ${event.step}`
  if (rootSteps.has(event.step))
    return `${where}: root's step can't be ended from here: the run ends after it`
  if (event.phase !== 'publish' || isNow) return where
  return `${where}: it publishes, and the run ends after it; to end it in its middle: ${command}`
}

/** Says what a host answered to who follows its run and wants it ended, or why it has not. */
export function sayCancel(
  { event, error }: Extract<Progress, { type: 'cancel' }>,
  words: Pick<Cancel, 'rootSteps' | 'command'>,
): string {
  if (event) return `cancelling${cancelWords({ event, isNow: false, ...words })}`
  if (!error) return 'cancelling'
  return error.exitCode === UNREACHABLE
    ? `not reached, and asked to cancel as soon as it is: ${error.message}`
    : `not cancelled: ${error.message}`
}

/** Of a ConnectionError. */
const UNREACHABLE = 69
