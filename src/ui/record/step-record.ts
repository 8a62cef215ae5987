// What is known of one step on one host.
import type { PlannedStep } from '../../protocol/event.ts'

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
