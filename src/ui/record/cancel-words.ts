// What becomes of a run that is asked to end: at once, after its step, or when root's step has ended.
import { defined } from '../../defined.ts'
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

/** What is said of one host, and the command that does more, for a line of its own. */
export type CancelWords = { words: string; hint?: string }

/** Names the last step that a run has to do. */
export function lastStepOf(steps: readonly Pick<PlannedStep, 'name' | 'skipped'>[]): string | undefined {
  return steps.findLast(({ skipped }) => !skipped)?.name
}

/** Says in which step a run is cancelled, and when it ends. */
export function cancelWords({ event, isNow, rootSteps, lastStep, command }: Cancel): CancelWords {
  if (event?.step === undefined) return { words: '' }
  const where = ` in step ${event.step}`
  const isLast = event.step === lastStep
  const after = isLast ? 'it is the last one: if it succeeds, so does the run' : 'the run ends after it'
  if (rootSteps.has(event.step))
    return { words: `${where}: a root step can't be ended from here, and ${after}` }
  if (event.phase !== 'publish' || isNow) return { words: where }
  return { words: `${where}: it publishes, and ${after}`, hint: `To end it now: ${command}` }
}

/** Says what a host answered to who follows its run and wants it ended, or why it has not. */
export function sayCancel(
  { event, error }: Extract<Progress, { type: 'cancel' }>,
  context: CancelContext,
): CancelWords {
  if (event) {
    const { words, hint } = cancelWords({ event, isNow: false, ...context })
    return { words: `cancelling${words}`, ...defined({ hint }) }
  }
  if (!error) return { words: 'cancelling' }
  const why = cleanLine(error.message)
  const isSilent = error.kind === 'unreachable'
  return {
    words: isSilent ? `not reached; will be asked to cancel once it is: ${why}` : `not cancelled: ${why}`,
  }
}
