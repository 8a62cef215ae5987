// Events: what comes back from a host, as docs/protocol.md has them.
import type { Ref } from './request.ts'

/** A step of a run's plan; one that will be skipped says why. */
export type PlannedStep = { name: string; phase: 'prepare' | 'publish'; skipped?: SkipReason }
/** Its flag was not given; there is no root in the sandbox; a release that is kept needs no preparing. */
export type SkipReason = (typeof SKIP_REASONS)[number]
export const SKIP_REASONS = ['flag', 'sandbox', 'kept'] as const

/** Why a host that understood a request does not do it. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number]
export const REFUSAL_REASONS = [
  'policy',
  'policy-live',
  'drift',
  'ref-not-found',
  'repository',
  'locked',
  'busy',
  'frozen',
  'storage',
  'unknown-run',
  'not-running',
  'cancelled',
  'no-target',
  'changed',
  'offset',
  'clock',
  'used',
] as const

export const OUTCOMES = [
  'succeeded',
  'superseded',
  'failed',
  'timed-out',
  'cancelled',
  'interrupted',
] as const
export const OUTCOME_REASONS = ['ref-not-found', 'log-full', 'storage', 'impossible'] as const
export type OutcomeName = (typeof OUTCOMES)[number]

/** Which run holds the lock, for whom, for how many seconds, in which step, and who has cancelled it, if somebody has. */
export type Holder = { run: string; user: string; ref: Ref; seconds: number; step?: string; by?: string }

/** A deploy with `--wait` that has a place in the line, since so many seconds. */
export type Waiter = { run: string; user: string; ref: Ref; seconds: number }

/** How many came before, and who is the last of them. */
export type InLine = { ahead: number; behind?: string }

/** Who stopped all deploys of an app, why (blanks travel as `_`), for how many seconds. */
export type Freeze = { user: string; reason: string; seconds: number }

/** What the newest publish put in place; `partial` when its run did not succeed. `commit` is '-' if no step named one. */
export type Live = { commit: string; ref: Ref; run: string; how: 'complete' | 'partial' }

export type Event = { time: string } & (
  | {
      event: 'hello'
      protocol: number
      version: string
      user: string
      app?: string
      digest?: string
      /** bytes of the recipe, after which the list of what root gave follows */
      recipe?: number
      /** of a log: bytes of output and events that the client has */
      offset?: number
      events?: number
    }
  | { event: 'app'; app: string; digest: string }
  | {
      event: 'refused'
      reason: RefusalReason
      exit: number
      holder?: Holder
      freeze?: Freeze
      inLine?: InLine
      /** of a deploy or a rollback that is `cancelled`, and of a cancel that comes after another: who did that */
      by?: string
      /** of a cancel of a run that had not begun: its deploy waited for the lock, and has lost its place */
      withdrawn?: true
    }
  | StatusEvent
  | ({ event: 'waiter' } & Waiter)
  /** a run that can be gone back to, or that was rolled back from; one may be both */
  | { event: 'kept'; run: string; state: 'good' | 'bad' }
  | { event: 'cancelling'; run: string; step?: string; phase?: PlannedStep['phase'] }
  | { event: 'fact'; name: string; value: string }
  /** what a deploy would bring; how many commits would come and go, where the host knows that */
  | { event: 'plan'; commit?: string; comes?: number; goes?: number }
  /** how the asked paths compare with what is live */
  | { event: 'paths'; state: PathsState }
  /** of a folder where a deploy writes, in KiB: what is free of how much */
  | { event: 'space'; path: string; free: number; all: number }
  /** of a look: the newest commits that would come or go are the output before it, and so many there are in all */
  | { event: 'commits'; side: 'comes' | 'goes'; count: number }
  | LookEvent
  /** of a look: something could not be looked at; words about it may be the output before it */
  | { event: 'unseen'; reason: (typeof UNSEEN_REASONS)[number] }
  | { event: 'end' }
  /** a deploy that asked has said what it would find, and waits for a word */
  | { event: 'ready' }
  | RunEvent
  | StepEvent
  | { event: 'commit'; commit: string }
  /** somebody wants it ended: after the step that publishes, or at once */
  | { event: 'cancelled'; by: string; when: 'soon' | 'now' }
  /** a process that a step started and that the run did not wait for */
  | { event: 'left'; pid: number; user: string; command: string }
  | OutcomeEvent
)

export type StatusEvent = {
  event: 'status'
  lock: 'free' | 'held' | 'busy'
  holder?: Holder
  freeze?: Freeze
  live?: Live
  /** a link `current` of releases that is not as the last switch left it */
  current?: { path: string; state: 'gone' | 'dangling' | 'changed' }
  /** with a history: where a rollback would go */
  target?: string
}

export type LookEvent = { event: 'look' } & FoundStep

/** What a look found of a step. */
export type FoundStep = { number: number; name: string } & (
  | {
      /** how many files it would change; `part`: without those that a step before would make */
      state: 'files'
      new: number
      changed: number
      deleted: number
      part?: true
    }
  /** `made`: a step before makes what it publishes; `passed` and `failed`: it was done */
  | { state: (typeof LOOK_STATES)[number] }
)
export const LOOK_STATES = ['made', 'impossible', 'passed', 'failed'] as const
/**
 * What a host says of an app's paths: the same as live, another, or one of them is in neither commit; or the live run had another recipe or
 * other flags, so that they do not matter.
 */
export type PathsState = (typeof PATHS_STATES)[number]
export const PATHS_STATES = ['same', 'changed', 'missing', 'recipe', 'flags'] as const
export const UNSEEN_REASONS = ['busy', 'time', 'storage', 'size', 'fetch', 'failed'] as const

export type RunEvent = {
  event: 'run'
  run: string
  user: string
  app: string
  ref: Ref
  commit?: string
  flags: readonly string[]
  digest: string
  claimed?: string
  /** it may put an older commit in the place of a newer one */
  back?: true
  /** of a rollback: the run that it goes back to, and the one that it leaves */
  to?: string
  from?: string
  /** what was live as it began; not in the history */
  live?: Live
  /** not in the history */
  steps?: readonly PlannedStep[]
}

export type StepEvent = { event: 'step'; number: number; name: string } & (
  | { state: 'started' }
  | { state: 'skipped'; reason: SkipReason }
  | { state: 'ended'; status: number; ms: number; limitSeconds?: number }
  /** it failed, and is begun again; `ended` comes after its last attempt */
  | { state: 'retrying'; status: number; attempt: number }
)

export type OutcomeEvent = {
  event: 'outcome'
  run: string
  outcome: OutcomeName
  exit: number
  /** what was exported, if it came to that, or of a superseded one would have been */
  commit?: string
  number?: number
  step?: string
  status?: number
  limitSeconds?: number
  ms?: number
  reason?: (typeof OUTCOME_REASONS)[number]
  /** who cancelled it */
  by?: string
  /** the run whose release is live again, since a check failed */
  back?: string
  /** the run that it began to go back to, since a check failed, and did not come to */
  tried?: string
  /** what failed on the way back: a check, or with `tried` the step that ended it */
  backStep?: string
  /** of a superseded one: what is live, and has its commit in it */
  live?: Live
}

export type EventOf<Name extends Event['event']> = Extract<Event, { event: Name }>

/** A step's name, as the compiler admits it. */
export const STEP_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9 ._:/@+-]{0,58}[A-Za-z0-9._:/@+-])?$/
