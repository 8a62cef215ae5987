// What is known of one step on one host.
import { defined } from '../../defined.ts'
import type { PlannedStep, SkipReason } from '../../protocol/event.ts'

/** `unfinished`: the host ended, or was lost, while the step ran. */
export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped' | 'unfinished'

export type StepRecord = PlannedStep & {
  state: StepState
  status?: number
  ms?: number
  /** on this machine's clock */
  startedAtMs?: number
  limitSeconds?: number
  /** the run was cancelled in it */
  isCancelled?: boolean
  /** where it writes, as far as the local recipe tells; null if it only looks */
  to?: string | null
}

/** A step that is to come, as it is planned; `writes` says where to. */
export function planStep(
  { name, phase, skipped }: Pick<PlannedStep, 'name' | 'phase' | 'skipped'>,
  writes: ReadonlyMap<string, string | null> | undefined,
): StepRecord {
  const step: StepRecord = { name, phase, state: 'waiting', ...defined({ to: writes?.get(name) }) }
  // what the local recipe says, until the host does
  if (skipped) skipStep(step, skipped)
  return step
}

/** Notes that it is left out, and why. */
export function skipStep(step: StepRecord, reason: SkipReason): void {
  step.state = 'skipped'
  step.skipped = reason
}
