// What a run was asked to be: its events are held against it.
import type { PlannedStep } from '../../protocol/event.ts'
import type { AskedFlag, Ref, Request } from '../../protocol/request.ts'
import { type DeployWay, deployWords } from '../../words/command.ts'

/** What a host's history says of a run. */
export type ShownRun = { ref: Ref; commit?: string; flags: readonly string[] }

/** Of the config: which Unix group may use which verbs on which refs; `*` stands for any characters. */
export type PolicyRule = {
  group: string
  branches: readonly string[]
  tags: readonly string[]
  verbs: readonly string[]
}

/** What a run must do to count as what was asked for. */
export type Expected = {
  host: string
  /** as whom it is logged in to */
  user?: string
  /** of the config: whom it lets do what */
  policy?: readonly PolicyRule[]
  environment?: string
  /** where git is asked for the refs that it has; the checkout's own origin if not given */
  origin?: string
  /** for a run that was only found, its id and app */
  request: {
    run: string
    app: string
    ref?: Ref
    commit?: string
    flags?: readonly AskedFlag[]
    digest?: string
    verb?: Request['verb']
    /** of a deploy that may go back to an older commit */
    back?: boolean
    /** of a rollback that names its run */
    to?: string
  }
  /** how long it has waited for the lock */
  waitedMs?: number
  /** of a deploy: how it was asked for */
  ways?: readonly DeployWay[]
  /** of a rollback: what the host had told of the run to go back to, as the person was shown it */
  shown?: ShownRun
  /** the recipe's steps in order, with those marked that these flags leave out; without them, those that the run names */
  steps?: readonly PlannedStep[]
  /** where steps of that recipe write, by name */
  writes?: ReadonlyMap<string, string | null>
  /** names that this machine knows of branches and tags, for one that the host does not have */
  knownRefs?: () => readonly string[]
  /** this machine has the branch, and has not pushed it */
  isOnlyHere?: () => boolean
  /** the name of the step after which the commit is told; 'git' if not given */
  gitStep?: string
}

/** The words of a deploy that is asked for once more. A rehearsal may go to an older commit, and nobody has to say so. */
export function wordsAgain({ request, ways, origin }: Expected, ref = request.ref): string {
  const isRehearsal = origin !== undefined && !ways?.includes('demo')
  return deployWords({ ...request, ref, ways, back: request.back && !isRehearsal })
}
