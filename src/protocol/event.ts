// Events: what comes back from a host, as docs/protocol.md has them. Everything is checked on arrival, since a host
// may be hostile: an object that is not exactly of its kind is no event.
import { ACCOUNT, APP, CLAIMED, COMMIT, DIGEST, isRefName, RUN_ID, TOKEN } from './grammar.ts'
import type { Ref } from './request.ts'

/** A step of a run's plan; one that will be skipped says why. */
export type PlannedStep = { name: string; phase: 'prepare' | 'publish'; skipped?: SkipReason }
export type SkipReason = 'flag' | 'sandbox'

/** Why a host that understood a request does not do it. */
export type RefusalReason = 'policy' | 'drift' | 'locked' | 'busy' | 'storage' | 'unknown-run' | 'offset'

export const OUTCOMES = ['succeeded', 'failed', 'timed-out', 'cancelled', 'interrupted'] as const
export type OutcomeName = (typeof OUTCOMES)[number]

/** Which run holds the lock, for whom, for how many seconds, in which step. */
export type Holder = { run: string; user: string; ref: Ref; seconds: number; step?: string }

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
      token?: string
      offset?: number
    }
  | { event: 'app'; app: string; digest: string }
  | { event: 'refused'; reason: RefusalReason; exit: number; holder?: Holder }
  | { event: 'status'; lock: 'free' | 'held' | 'busy'; holder?: Holder; live?: Live }
  | { event: 'end' }
  | RunEvent
  | { event: 'step'; number: number; name: string; state: 'started' }
  | { event: 'step'; number: number; name: string; state: 'skipped'; reason: SkipReason }
  | {
      event: 'step'
      number: number
      name: string
      state: 'ended'
      status: number
      ms: number
      limitSeconds?: number
    }
  | { event: 'commit'; commit: string }
  | OutcomeEvent
)

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
  /** not in the history */
  steps?: readonly PlannedStep[]
}

export type OutcomeEvent = {
  event: 'outcome'
  run: string
  outcome: OutcomeName
  exit: number
  number?: number
  step?: string
  status?: number
  limitSeconds?: number
  ms?: number
  reason?: 'ref-not-found' | 'log-full'
}

export type EventOf<Name extends Event['event']> = Extract<Event, { event: Name }>

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const VERSION = /^[0-9A-Za-z.+-]{1,64}$/
/** A step's name, as the compiler admits it. */
export const STEP_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,59}$/

const FLAG = /^[a-z][a-z0-9-]{0,31}(?:=[A-Za-z0-9._][A-Za-z0-9._-]{0,99})?$/

/**
 * Parses the JSON of a control line.
 * @returns nothing when it is not an event of this protocol: the line is then passed over
 */
export function parseEvent(json: string): Event | undefined {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch {
    return undefined
  }
  try {
    return readWhole(data, readEvent)
  } catch (error) {
    if (error instanceof NoEvent) return undefined
    throw error
  }
}

class NoEvent extends Error {}

/** Reads an object, all of it: one that has more than was read is of no kind. */
function readWhole<Value>(data: unknown, read: (fields: Fields) => Value): Value {
  const fields = new Fields(data)
  const value = read(fields)
  if (!fields.areRead()) throw new NoEvent()
  return value
}

function readEvent(fields: Fields): Event {
  const time = fields.text('time', TIME)
  const event = fields.one('event', [
    'hello',
    'app',
    'refused',
    'status',
    'end',
    'run',
    'step',
    'commit',
    'outcome',
  ])
  switch (event) {
    case 'hello':
      return {
        event,
        time,
        protocol: fields.count('protocol'),
        version: fields.text('version', VERSION),
        user: fields.text('user', ACCOUNT),
        ...fields.optional('app', () => fields.text('app', APP)),
        ...fields.optional('digest', () => fields.text('digest', DIGEST)),
        ...fields.optional('token', () => fields.text('token', TOKEN)),
        ...fields.optional('offset', () => fields.count('offset')),
      }
    case 'app':
      return { event, time, app: fields.text('app', APP), digest: fields.text('digest', DIGEST) }
    case 'refused':
      return {
        event,
        time,
        reason: fields.one('reason', [
          'policy',
          'drift',
          'locked',
          'busy',
          'storage',
          'unknown-run',
          'offset',
        ]),
        exit: fields.count('exit'),
        ...readHolder(fields),
      }
    case 'status':
      return {
        event,
        time,
        lock: fields.one('lock', ['free', 'held', 'busy']),
        ...readHolder(fields),
        ...fields.optional('live', () => readWhole(fields.value('live'), readLive)),
      }
    case 'end':
      return { event, time }
    case 'run':
      return { ...readRun(fields), time }
    case 'step':
      return { ...readStep(fields), time }
    case 'commit':
      return { event, time, commit: fields.text('commit', COMMIT) }
    case 'outcome':
      return { ...readOutcome(fields), time }
  }
}

function readHolder(fields: Fields): { holder?: Holder } {
  if (!fields.has('run')) return {}
  const holder: Holder = {
    run: fields.text('run', RUN_ID),
    user: fields.text('user', ACCOUNT),
    ref: readRef(fields),
    seconds: Math.max(0, fields.integer('seconds')),
    ...fields.optional('step', () => fields.text('step', STEP_NAME)),
  }
  return { holder }
}

function readLive(fields: Fields): Live {
  return {
    commit: fields.text('commit', /^(?:-|[0-9a-f]{40}|[0-9a-f]{64})$/),
    ref: readRef(fields),
    run: fields.text('run', RUN_ID),
    how: fields.one('how', ['complete', 'partial']),
  }
}

function readRun(fields: Fields): RunEvent {
  return {
    event: 'run',
    run: fields.text('run', RUN_ID),
    user: fields.text('user', ACCOUNT),
    app: fields.text('app', APP),
    ref: readRef(fields),
    ...fields.optional('commit', () => fields.text('commit', COMMIT)),
    flags: fields.list('flags').map((flag) => matching(flag, FLAG)),
    digest: fields.text('digest', /^(?:unasked|[0-9a-f]{64})$/),
    ...fields.optional('claimed', () => fields.text('claimed', CLAIMED)),
    ...fields.optional('steps', () => fields.list('steps').map((step) => readWhole(step, readPlanned))),
  }
}

function readPlanned(fields: Fields): PlannedStep {
  return {
    name: fields.text('name', STEP_NAME),
    phase: fields.one('phase', ['prepare', 'publish']),
    ...fields.optional('skipped', () => fields.one('skipped', ['flag', 'sandbox'])),
  }
}

function readStep(fields: Fields) {
  const step = {
    event: 'step',
    number: fields.count('number'),
    name: fields.text('name', STEP_NAME),
  } as const
  const state = fields.one('state', ['started', 'skipped', 'ended'])
  if (state === 'started') return { ...step, state }
  if (state === 'skipped') return { ...step, state, reason: fields.one('reason', ['flag', 'sandbox']) }
  return {
    ...step,
    state,
    status: fields.count('status'),
    ms: Math.max(0, fields.integer('ms')),
    ...fields.optional('limitSeconds', () => fields.count('limit'), 'limit'),
  }
}

function readOutcome(fields: Fields): OutcomeEvent {
  return {
    event: 'outcome',
    run: fields.text('run', RUN_ID),
    outcome: fields.one('outcome', OUTCOMES),
    exit: fields.count('exit'),
    ...fields.optional('number', () => fields.count('number')),
    ...fields.optional('step', () => fields.text('step', STEP_NAME)),
    ...fields.optional('status', () => fields.count('status')),
    ...fields.optional('limitSeconds', () => fields.count('limit'), 'limit'),
    ...fields.optional('ms', () => Math.max(0, fields.integer('ms'))),
    ...fields.optional('reason', () => fields.one('reason', ['ref-not-found', 'log-full'])),
  }
}

function readRef(fields: Fields): Ref {
  const name = fields.text('ref', /./)
  if (!isRefName(name)) throw new NoEvent()
  return { kind: fields.one('kind', ['branch', 'tag']), name }
}

function matching(value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new NoEvent()
  return value
}

/** The fields of one JSON object; each reader throws NoEvent for a field that is missing or of another shape. */
class Fields {
  readonly #data: Record<string, unknown>
  readonly #read = new Set<string>()

  constructor(data: unknown) {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new NoEvent()
    this.#data = data as Record<string, unknown>
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#data, key)
  }

  /** Says whether each field that is there was read. */
  areRead(): boolean {
    return Object.keys(this.#data).every((key) => this.#read.has(key))
  }

  value(key: string): unknown {
    this.#read.add(key)
    return this.has(key) ? this.#data[key] : undefined
  }

  text(key: string, pattern: RegExp): string {
    return matching(this.value(key), pattern)
  }

  one<const Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const value = this.value(key)
    const choice = choices.find((each) => each === value)
    if (choice === undefined) throw new NoEvent()
    return choice
  }

  integer(key: string): number {
    const value = this.value(key)
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new NoEvent()
    return value
  }

  count(key: string): number {
    const value = this.integer(key)
    if (value < 0) throw new NoEvent()
    return value
  }

  list(key: string): unknown[] {
    const value = this.value(key)
    if (!Array.isArray(value) || value.length > 64) throw new NoEvent()
    return value
  }

  optional<Name extends string, Value>(
    name: Name,
    read: () => Value,
    key: string = name,
  ): { [K in Name]?: Value } {
    return this.has(key) ? ({ [name]: read() } as { [K in Name]?: Value }) : {}
  }
}
