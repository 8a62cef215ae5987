// The two reports: what `shipit report --json` prints is what its page shows.
import * as v from 'valibot'
import { OUTCOMES, SKIP_REASONS } from '../protocol/event.ts'
import { phase, ref } from './shapes.ts'

const text = v.string()
const number = v.number()
const texts = v.array(text)
const { exactOptional: maybe, picklist: one, strictObject: exact } = v

/** `unknown`: no outcome, and it does not run; `mixed`: other on other hosts, none of them failed. */
const state = one([...OUTCOMES, 'running', 'unknown', 'mixed'])
const made = { time: text, version: text, app: text, environment: text } as const
const told = {
  run: text,
  user: text,
  ref,
  claimed: maybe(text),
  /** of a rollback: the run that it goes back to */
  to: maybe(text),
} as const

const step = exact({
  name: text,
  phase,
  state: one(['done', 'failed', 'skipped', 'waiting', 'running', 'unfinished']),
  reason: maybe(one(SKIP_REASONS)),
  /** when it began, in ms from the report's `start` */
  at: maybe(number),
  ms: maybe(number),
  status: maybe(number),
  limitSeconds: maybe(number),
  /** how often it was begun, if more than once */
  attempts: maybe(number),
})

const reportedHost = exact({
  host: text,
  state,
  /** when the run began there, and ended, in ms from `start` */
  at: maybe(number),
  end: maybe(number),
  /** whose run it waited for */
  after: maybe(exact({ run: text, user: text })),
  /** the commits that were live before, and that it put in place */
  before: maybe(text),
  commit: maybe(text),
  /** why it is not as it should be */
  words: maybe(text),
  /** of the step that failed: its last lines */
  output: maybe(texts),
  steps: v.array(step),
})

/** One run on all its hosts, the slowest first. */
export const runReport = {
  ...made,
  ...told,
  flags: texts,
  digest: text,
  state,
  /** when the first host began; or the run was asked for, if it had to wait for another one */
  start: text,
  ms: maybe(number),
  /** what the checkout has of the commits that came, newest first, and how many there are */
  commits: maybe(exact({ from: text, to: text, count: number, lines: texts })),
  hosts: v.array(reportedHost),
  /** hosts that did not answer, and why */
  silent: v.array(exact({ host: text, words: text })),
} as const

/** Runs of an environment, oldest first, and what follows from them. */
export const historyReport = {
  ...made,
  /** where it begins, if that was asked for, or hosts have older runs than they told: those in `cut` */
  since: maybe(text),
  cut: maybe(texts),
  /** DORA's four keys; of a share, of how many */
  keys: exact({
    deploysAWeek: maybe(number),
    leadMs: maybe(number),
    failed: exact({ count: number, of: number }),
    recoveryMs: maybe(number),
  }),
  /** by their Mondays, without a gap */
  weeks: v.array(exact({ monday: text, good: number, bad: number, other: number })),
  runs: v.array(
    exact({
      ...told,
      began: text,
      state,
      hosts: number,
      ms: maybe(number),
      commit: maybe(text),
      /** it was gone back from, by a person or by itself */
      left: maybe(v.literal(true)),
      /** from the commit to its end */
      leadMs: maybe(number),
      /** from its end to the end of the next good one, if it was bad */
      recoveryMs: maybe(number),
    }),
  ),
  silent: v.array(exact({ host: text, words: text })),
} as const
