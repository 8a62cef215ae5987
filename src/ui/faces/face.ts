// A face shows a deploy to the person who started it: rows on a terminal, plain lines in a pipe, JSON for programs. All show the
// same stream of progress. Nothing waits for painting; who reads a pipe slowly is waited for.
import type { PlannedStep } from '../../protocol/event.ts'
import type { Ref } from '../../protocol/request.ts'
import type { HostOutcome, Progress } from '../../results/progress.ts'
import type { CancelContext } from './cancel-words.ts'

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

/** What is deployed where, as far as it is known before a host has answered. */
export type DeployPlan = {
  app: string
  environment?: string
  /** nothing for a rollback whose target only the host knows */
  ref?: Ref
  /** of the local recipe */
  steps: readonly Pick<PlannedStep, 'name' | 'phase' | 'skipped'>[]
  /** where steps of that recipe write, by name */
  writes?: ReadonlyMap<string, string | null>
  /** the flags without which a step is skipped, by the step's name: `--docs` */
  flags?: ReadonlyMap<string, string>
  hosts: readonly string[]
  /** what is said when the run is cancelled */
  cancel: CancelContext
}

export type FaceOptions = DeployPlan & {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  env: NodeJS.ProcessEnv
  /** without it, what suits the stream */
  format?: 'json'
  /** where stdout is no terminal: each file that rsync copies, too */
  verbose?: boolean
}
