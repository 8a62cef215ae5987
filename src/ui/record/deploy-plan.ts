// What is known of a deploy before a host has answered.
import type { PlannedStep } from '../../protocol/event.ts'
import type { Ref } from '../../protocol/request.ts'
import type { DeployWay } from '../../words/command.ts'
import type { CancelContext } from './cancel-words.ts'
import type { HeaderSource } from './header-words.ts'

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
  /** how it was asked for */
  ways?: readonly DeployWay[]
  hosts: readonly string[]
  /** for the lines above all others; nothing where a run is only followed, or that was shown before a question */
  header?: HeaderSource
  /** what is said when the run is cancelled */
  cancel: CancelContext
}
