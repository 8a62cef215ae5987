// What one host answers to a question, or why it does not: operations ask, and the screens show it.
import type { ShipitError } from '../errors.ts'
import type { EventOf, FoundStep, OutcomeEvent, PathsState, RunEvent, Waiter } from '../protocol/event.ts'
import type { Finding } from './finding.ts'

/** What is live there, who holds the lock, and how the last run went. */
export type HostStatus = {
  host: string
  status?: EventOf<'status'>
  /** the newest run */
  lastRun?: RunEvent & { time: string }
  /** its outcome, if it has ended */
  lastOutcome?: OutcomeEvent & { time: string }
  /** those who wait for the lock, the next one first */
  waiting?: readonly Waiter[]
  /** the recipe's checks, as they were asked again; and why some were not */
  checks?: readonly AskedCheck[]
  unseen?: readonly Unseen[]
  error?: ShipitError
}

/** What a deploy would find there, and what it would bring. */
export type HostPlan = {
  host: string
  status?: EventOf<'status'> & { time: string }
  plan?: EventOf<'plan'>
  /** of the app's paths, if they were asked for and the host can say */
  paths?: PathsState
  /** only of a look, as are the next ones: the host has another recipe */
  drift?: true
  comes?: PlannedCommits
  goes?: PlannedCommits
  looks?: readonly Look[]
  /** in KiB, of folders that a deploy writes to */
  space?: readonly { path: string; free: number; all: number }[]
  unseen?: readonly Unseen[]
  error?: ShipitError
}

/** The newest first, and how many there are in all. The words are the repository's: nothing is safe to show yet. */
export type PlannedCommits = { count: number; newest: readonly PlannedCommit[] }
export type PlannedCommit = { commit: string; time: string; author: string; subject: string }

/** What a look found of a step; with the names of its files, or what it said. */
export type Look = FoundStep & { files?: readonly PlannedFile[]; words?: string }
export type PlannedFile = { change: 'new' | 'changed' | 'deleted'; name: string }

/** A check that was asked just now, and what it said. */
export type AskedCheck = { name: string; state: 'passed' | 'failed'; words?: string }

/** What a host could not look at, and what it said of it. */
export type Unseen = { reason: EventOf<'unseen'>['reason']; words?: string }

/** The recipe that root installed there; `version` is that of its shipit. */
export type HostRecipe = {
  host: string
  text?: string
  /** what root gave, as the host keeps it: a right a line, HEADING|WHAT|MEANS|DANGER */
  rights?: string
  /** the recipe in the words of the config; none if the host's recipe does not have them */
  words?: readonly string[]
  digest?: string
  version?: string
  error?: ShipitError
}

/** What doctor found there. With `error` it is not as it should be, or was not reached. */
export type HostDiagnosis = { host: string; findings: readonly Finding[]; error?: ShipitError }

/** The result of a run there; no outcome while it runs. Of a rollback: the run that this host left. */
export type HostResult = {
  host: string
  outcome?: OutcomeEvent & { time: string }
  running?: boolean
  from?: string
  /** it was rolled back from here */
  left?: boolean
}

/** A run with what became of it on each host that says the same of it. */
export type HistoryEntry = { run: RunEvent & { time: string }; hosts: readonly HostResult[] }
