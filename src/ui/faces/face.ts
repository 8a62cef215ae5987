// A face shows a deploy to the person who started it: rows on a terminal, plain lines in a pipe, JSON for programs. All show the
// same stream of progress. Nothing waits for painting; who reads a pipe slowly is waited for.
import type { HostOutcome, Progress } from '../../results/progress.ts'
import type { DeployPlan } from '../record/deploy-plan.ts'

export interface Face {
  /**
   * Takes in what happened; shows it now or soon. Never throws.
   * @returns what to wait for before more is shown, where the reader is slower than the host
   */
  show(progress: Progress): Promise<void> | undefined
  /** Leaves the terminal to a question, until `resume`; what comes meanwhile is taken in. A stream that is not a terminal keeps printing. */
  pause(): Promise<void>
  resume(): void
  /** Shows the closing lines and gives the terminal back. To be called on every way out; a second call does nothing. */
  end(outcomes: readonly HostOutcome[]): Promise<void>
}

export type FaceOptions = DeployPlan & {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  env: NodeJS.ProcessEnv
  /** without it, what suits the stream */
  format?: 'json'
  /** where the app is seen: a page that the recipe checks */
  site?: string
  /** where stdout is no terminal: each file that rsync copies, too */
  verbose?: boolean
}
