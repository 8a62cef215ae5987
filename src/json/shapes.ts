// What several lines of --json have in them: a ref, who holds a lock, an error. The types of the protocol and these are the same.
import * as v from 'valibot'
import {
  LOOK_STATES,
  OUTCOME_REASONS,
  OUTCOMES,
  PATHS_STATES,
  REFUSAL_REASONS,
  SKIP_REASONS,
  UNSEEN_REASONS,
} from '../protocol/event.ts'

const text = v.string()
const number = v.number()
const { exactOptional: maybe, picklist: one, strictObject: exact } = v

export const ref = exact({ kind: one(['branch', 'tag']), name: text })
export const phase = one(['prepare', 'publish'])
export const holder = exact({
  run: text,
  user: text,
  ref,
  seconds: number,
  step: maybe(text),
  by: maybe(text),
})
export const waiter = exact({ run: text, user: text, ref, seconds: number })
export const inLine = exact({ ahead: number, behind: maybe(text) })
const freeze = exact({ user: text, reason: text, seconds: number })
export const live = exact({ commit: text, ref, run: text, how: one(['complete', 'partial']) })
export const plannedStep = exact({ name: text, phase, skipped: maybe(one(SKIP_REASONS)) })

/** An error, without the details of one that ended a command. */
const errorEntries = { code: text, exitCode: number, message: text, suggestions: v.array(text) }
export const error = exact(errorEntries)

/** The events of a host, by name, as the client tells them. */
export const EVENTS = {
  hello: {
    time: text,
    protocol: number,
    version: text,
    user: text,
    app: maybe(text),
    digest: maybe(text),
    recipe: maybe(number),
    offset: maybe(number),
    events: maybe(number),
  },
  refused: {
    time: text,
    reason: one(REFUSAL_REASONS),
    exit: number,
    holder: maybe(holder),
    freeze: maybe(freeze),
    inLine: maybe(inLine),
    by: maybe(text),
    withdrawn: maybe(v.literal(true)),
  },
  run: {
    time: text,
    run: text,
    user: text,
    app: text,
    ref,
    commit: maybe(text),
    flags: v.array(text),
    digest: text,
    claimed: maybe(text),
    back: maybe(v.literal(true)),
    to: maybe(text),
    from: maybe(text),
    live: maybe(live),
    steps: maybe(v.array(plannedStep)),
  },
  commit: { time: text, commit: text },
  cancelled: { time: text, by: text, when: one(['soon', 'now']) },
  left: { time: text, pid: number, user: text, command: text },
  outcome: {
    time: text,
    run: text,
    outcome: one(OUTCOMES),
    exit: number,
    commit: maybe(text),
    number: maybe(number),
    step: maybe(text),
    status: maybe(number),
    limitSeconds: maybe(number),
    ms: maybe(number),
    reason: maybe(one(OUTCOME_REASONS)),
    by: maybe(text),
    back: maybe(text),
    tried: maybe(text),
    backStep: maybe(text),
    live: maybe(live),
  },
  status: {
    time: text,
    lock: one(['free', 'held', 'busy']),
    holder: maybe(holder),
    freeze: maybe(freeze),
    live: maybe(live),
    current: maybe(exact({ path: text, state: one(['gone', 'dangling', 'changed']) })),
    target: maybe(text),
  },
  plan: { time: text, commit: maybe(text), comes: maybe(number), goes: maybe(number) },
} as const

const stepEntries = { time: text, number, name: text } as const
/** An event too, of which the fields depend on the state. */
export const STEP_STATES = {
  started: { ...stepEntries, state: v.literal('started') },
  skipped: { ...stepEntries, state: v.literal('skipped'), reason: one(SKIP_REASONS) },
  ended: {
    ...stepEntries,
    state: v.literal('ended'),
    status: number,
    ms: number,
    limitSeconds: maybe(number),
  },
  retrying: { ...stepEntries, state: v.literal('retrying'), status: number, attempt: number },
} as const

const commits = exact({
  count: number,
  newest: v.array(exact({ commit: text, time: text, author: text, subject: text })),
})
const lookEntries = {
  number,
  name: text,
  files: maybe(v.array(exact({ change: one(['new', 'changed', 'deleted']), name: text }))),
  words: maybe(text),
} as const
/** What a plan adds to what a host says of itself. */
export const planEntries = {
  paths: maybe(one([...PATHS_STATES, 'unknown'])),
  deploys: maybe(
    v.pipe(
      v.boolean(),
      v.description(
        'with --changed or --outdated: whether such a deploy would change anything on this host. Missing where the host would refuse the deploy as things are: drift, a freeze or a lock',
      ),
    ),
  ),
  drift: maybe(v.literal(true)),
  comes: maybe(commits),
  goes: maybe(commits),
  looks: maybe(
    v.array(
      v.union([
        exact({
          ...lookEntries,
          state: v.literal('files'),
          new: number,
          changed: number,
          deleted: number,
          part: maybe(v.literal(true)),
        }),
        exact({ ...lookEntries, state: one(LOOK_STATES) }),
      ]),
    ),
  ),
  space: maybe(v.array(exact({ path: text, free: number, all: number }))),
  unseen: maybe(v.array(exact({ reason: one(UNSEEN_REASONS), words: maybe(text) }))),
} as const

/** A failure that ends a command: with `host`, of one host of a history. */
export const failure = {
  ...errorEntries,
  details: v.optional(v.record(text, v.unknown())),
  host: v.optional(text),
}
