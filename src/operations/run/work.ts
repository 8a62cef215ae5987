// A run as it is followed: what was asked for, and what the person may want of it meanwhile.
import type { PlannedStep } from '../../protocol/event.ts'
import type { AttachRequest, DeployRequest, RollbackRequest } from '../../protocol/request.ts'
import type { DeployWay } from '../../words/command.ts'
import type { ShownRun } from '../explain/expected-run.ts'

/** The run to follow, and how it is begun or found. */
export type Work = {
  request: DeployRequest | RollbackRequest | AttachRequest
  /** of a deploy: how it was asked for */
  ways?: readonly DeployWay[]
  /** the recipe's steps, with those marked that the flags leave out; for a run of somebody else they are not known */
  steps?: readonly PlannedStep[]
  /** where the steps of that recipe write, by name; null for one that only looks */
  writes?: ReadonlyMap<string, string | null>
  /** the name of the step that brings the commit; 'git' if not given */
  gitStep?: string
  /** names that this machine knows of branches and tags, for one that a host does not have */
  knownRefs?: () => readonly string[]
  /** this machine has the branch, and has not pushed it */
  isOnlyHere?: () => boolean
  /** of a rollback, by host: the run that the person was told is live there */
  from?: ReadonlyMap<string, string>
  /** of a rollback, by host: what the person was told of the run to go back to */
  shownOn?: ReadonlyMap<string, ShownRun>
}

/** The request for one host: of a rollback with the run that the person was told is live there. */
export function requestOn({ request, from }: Work, host: string): Work['request'] {
  const live = from?.get(host)
  return request.verb === 'rollback' && live !== undefined ? { ...request, from: live } : request
}

export type FollowOptions = {
  /** leave the run: it keeps running */
  leave?: AbortSignal
  /** end the run: a host that can't be reached is asked as soon as it can; where the run has not begun it does not begin */
  cancel?: AbortSignal
  /** how long to ask again while another run holds the lock; not at all by default */
  waitMs?: number
  /** before a lost connection is opened again for the first time; doubles with each try */
  retryMs?: number
}
