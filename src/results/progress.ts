// What a deploy tells while it runs: one stream of typed events that operations make and the faces show.
import type { ShipitError } from '../errors.ts'
import type {
  Event,
  EventOf,
  Holder,
  InLine,
  Live,
  OutcomeEvent,
  PathsState,
  RunEvent,
} from '../protocol/event.ts'

/** One thing that happened on the way to or on one host. */
export type Progress = { host: string } & (
  | { type: 'connecting' }
  /** `by` what speaks SSH, and why that */
  | { type: 'connected'; by?: string }
  /**
   * all hosts have been asked: what is live on this one, and the commit that is to come on all; with --changed, how the app's paths in the
   * two compare, and whether nothing is begun here, since nothing in the app changed
   */
  | {
      type: 'planned'
      isReady: boolean
      live?: Live
      commit?: string
      paths?: ComparedPaths
      isUnchanged?: true
    }
  /** another run holds the lock; it is asked for again soon */
  | { type: 'waiting'; holder?: Holder; inLine?: InLine }
  /** the connection died, and shipit connects again; a run that has started keeps running */
  | { type: 'lost'; retryMs: number; begun: boolean }
  /** the follower cancels the run: the host's answer, or why there is none; a host that is not reached is asked again */
  | { type: 'cancel'; event?: EventOf<'cancelling'>; error?: ShipitError }
  /** an event of the run, checked and in order */
  | { type: 'event'; event: Event }
  /** bytes of a step's output, as the host sent them */
  | { type: 'output'; bytes: Uint8Array }
  | { type: 'ended'; outcome: HostOutcome }
)

/** What is known of the app's paths on a host where something is live. */
export type ComparedPaths = PathsState | 'unknown'

/** Shows what happened. It may return what to wait for before more is shown, where the reader is slower than the host. */
export type Show = (progress: Progress) => Promise<void> | undefined

/** How a deploy ended on one host. Without `error` it is deployed, superseded, or was not needed. */
export type HostOutcome = {
  host: string
  /** the commit is live there already, and nothing was begun */
  isUpToDate?: true
  /** nothing in the app differs from what is live, `live`, and nothing was begun */
  isUnchanged?: true
  live?: Live
  run?: RunEvent
  outcome?: OutcomeEvent
  commit?: string
  error?: ShipitError
}

/** What is live there is newer than what was asked for, and stays. */
export function isSuperseded({ outcome, error }: HostOutcome): boolean {
  return error === undefined && outcome?.outcome === 'superseded'
}

/** Nothing was begun there, since nothing had to be. */
export function isNotNeeded({ isUpToDate, isUnchanged }: HostOutcome): boolean {
  return isUpToDate === true || isUnchanged === true
}

/** A suggestion of an error that says what a host has not done; with several hosts it is said of which it holds. */
export const NOTHING_TOUCHED = 'Nothing live was changed.'
