// What becomes of a run that is asked to end: at once, after its step, or when root's step has ended.
import type { EventOf, PlannedStep } from '../../protocol/event.ts'
import type { Progress } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'

/** What decides when a run ends that is cancelled, and what ends it at once. */
export type CancelContext = {
  /** the names of the steps that root runs */
  rootSteps: ReadonlySet<string>
  /** the name of the last step that is not skipped, if it is known */
  lastStep: string | undefined
  /** the command that ends a publish step too */
  command: string
}

type Cancel = CancelContext & {
  /** what the host answered */
  event: EventOf<'cancelling'> | undefined
  /** a publish step ends at once too */
  isNow: boolean
}

/** Names the last step that a run has to do. */
export function lastStepOf(steps: readonly Pick<PlannedStep, 'name' | 'skipped'>[]): string | undefined {
  return steps.findLast(({ skipped }) => !skipped)?.name
}

/** Says in which step a run is cancelled, and when it ends. */
export function cancelWords({ event, isNow, rootSteps, lastStep, command }: Cancel): string {
  if (event?.step === undefined) return ''
  const where = ` in step ${event.step}`
  const isLast = event.step === lastStep
  const after = isLast ? 'it is the last one: if it succeeds, so does the run' : 'the run ends after it'
  if (rootSteps.has(event.step)) return `${where}: a root step can't be ended from here, and ${after}`
  if (event.phase !== 'publish' || isNow) return where
  return `${where}: it publishes, and ${after}; to end it now: ${command}`
}

/** Says what a host answered to who follows its run and wants it ended, or why it has not. */
export function sayCancel(
  { event, error }: Extract<Progress, { type: 'cancel' }>,
  words: CancelContext,
): string {
  if (event) return `cancelling${cancelWords({ event, isNow: false, ...words })}`
  if (!error) return 'cancelling'
  return error.kind === 'unreachable'
    ? `not reached; will be asked to cancel once it is: ${cleanLine(error.message)}`
    : `not cancelled: ${cleanLine(error.message)}`
}
