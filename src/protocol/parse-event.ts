// Parses events, and reads what a host answers. Everything is checked on arrival: an object that lacks something, or has it in
// another form, is not an event; fields that this version does not know are passed over.
import { defined } from '../defined.ts'
import {
  type Event,
  type EventOf,
  type Freeze,
  type Holder,
  type InLine,
  LOOK_STATES,
  type LookEvent,
  PATHS_STATES,
  REFUSAL_REASONS,
  STEP_NAME,
  type StatusEvent,
  UNSEEN_REASONS,
} from './event.ts'
import { Fields, NoEvent } from './fields.ts'
import { ACCOUNT, APP, CLAIMED, COMMIT, DIGEST, RUN_ID } from './grammar.ts'
import { readLeft, readLive, readOutcome, readRef, readRun, readStep } from './read-run-event.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const VERSION = /^[0-9A-Za-z.+-]{1,64}$/
/** What a host says of itself: no quote, no backslash, nothing that a terminal would obey. */
const FACT_NAME = /^[a-z][a-z0-9-]{0,39}$/
const FACT_VALUE = /^[A-Za-z0-9 ._/+@,#=:()~%*-]{0,400}$/
/** A link or a folder on a host, as a recipe may name it. */
const PLACE = /^(?:\/[A-Za-z0-9._+@-]{1,255}){1,60}$/

/** One reader for each event; `time` is read for all of them. */
const READERS: { [Name in Event['event']]: (fields: Fields) => WithoutTime<EventOf<Name>> } = {
  hello: readHello,
  app: (fields) => ({ event: 'app', app: fields.text('app', APP), digest: fields.text('digest', DIGEST) }),
  refused: readRefused,
  status: readStatus,
  waiter: (fields) => ({
    event: 'waiter',
    run: fields.text('run', RUN_ID),
    user: fields.text('user', ACCOUNT),
    ref: readRef(fields),
    seconds: Math.max(0, fields.integer('seconds')),
  }),
  kept: (fields) => ({
    event: 'kept',
    run: fields.text('run', RUN_ID),
    state: fields.one('state', ['good', 'bad']),
  }),
  cancelling: readCancelling,
  fact: (fields) => ({
    event: 'fact',
    name: fields.text('name', FACT_NAME),
    value: fields.text('value', FACT_VALUE),
  }),
  plan: (fields) => ({
    event: 'plan',
    ...fields.optional('commit', () => fields.text('commit', COMMIT)),
    ...fields.optional('comes', () => fields.count('comes')),
    ...fields.optional('goes', () => fields.count('goes')),
  }),
  paths: (fields) => ({ event: 'paths', state: fields.one('state', PATHS_STATES) }),
  space: (fields) => ({
    event: 'space',
    path: fields.text('path', PLACE),
    free: fields.count('free'),
    all: fields.count('all'),
  }),
  commits: (fields) => ({
    event: 'commits',
    side: fields.one('side', ['comes', 'goes']),
    count: fields.count('count'),
  }),
  look: readLook,
  unseen: (fields) => ({ event: 'unseen', reason: fields.one('reason', UNSEEN_REASONS) }),
  end: () => ({ event: 'end' }),
  ready: () => ({ event: 'ready' }),
  run: readRun,
  step: readStep,
  commit: (fields) => ({ event: 'commit', commit: fields.text('commit', COMMIT) }),
  cancelled: (fields) => ({
    event: 'cancelled',
    by: fields.text('by', ACCOUNT),
    when: fields.one('when', ['soon', 'now']),
  }),
  left: readLeft,
  outcome: readOutcome,
}

/** Of a union, each of its types by itself. */
type WithoutTime<Each extends Event> = Each extends Event ? Omit<Each, 'time'> : never

const NAMES = Object.keys(READERS) as Event['event'][]

/**
 * Parses the JSON of a control line.
 * @returns nothing when it is not an event of this protocol: it is then passed over
 */
export function parseEvent(json: string): Event | undefined {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch {
    return undefined
  }
  try {
    return readEvent(new Fields(data))
  } catch (error) {
    if (error instanceof NoEvent) return undefined
    throw error
  }
}

function readEvent(fields: Fields): Event {
  const time = fields.text('time', TIME)
  return { ...READERS[fields.one('event', NAMES)](fields), time }
}

function readHello(fields: Fields): WithoutTime<EventOf<'hello'>> {
  return {
    event: 'hello',
    protocol: fields.count('protocol'),
    version: fields.text('version', VERSION),
    user: fields.text('user', ACCOUNT),
    ...fields.optional('app', () => fields.text('app', APP)),
    ...fields.optional('digest', () => fields.text('digest', DIGEST)),
    ...fields.optional('recipe', () => fields.count('recipe')),
    ...fields.optional('offset', () => fields.count('offset')),
    ...fields.optional('events', () => fields.count('events')),
  }
}

function readRefused(fields: Fields): WithoutTime<EventOf<'refused'>> {
  const reason = fields.one('reason', REFUSAL_REASONS)
  return {
    event: 'refused',
    reason,
    exit: fields.count('exit'),
    ...readHolder(fields),
    ...readFreeze(fields),
    ...defined({ inLine: fields.has('ahead') ? readInLine(fields) : undefined }),
    // with others it is the holder's
    ...(reason === 'cancelled' || reason === 'unknown-run'
      ? fields.optional('by', () => fields.text('by', ACCOUNT))
      : {}),
    ...fields.optional('withdrawn', () => fields.true('withdrawn')),
  }
}

function readInLine(fields: Fields): InLine {
  return {
    ahead: fields.count('ahead'),
    ...fields.optional('behind', () => fields.text('behind', ACCOUNT)),
  }
}

function readStatus(fields: Fields): StatusEvent {
  return {
    event: 'status',
    lock: fields.one('lock', ['free', 'held', 'busy']),
    ...readHolder(fields),
    ...readFreeze(fields),
    ...fields.optional('live', () => readLive(new Fields(fields.value('live')))),
    ...fields.optional('current', () => readCurrent(new Fields(fields.value('current')))),
    ...fields.optional('target', () => fields.text('target', RUN_ID)),
  }
}

function readLook(fields: Fields): LookEvent {
  const step = {
    event: 'look',
    number: fields.count('number'),
    name: fields.text('name', STEP_NAME),
  } as const
  const state = fields.one('state', ['files', ...LOOK_STATES])
  if (state !== 'files') return { ...step, state }
  return {
    ...step,
    state,
    new: fields.count('new'),
    changed: fields.count('changed'),
    deleted: fields.count('deleted'),
    ...fields.optional('part', () => fields.true('part')),
  }
}

function readCancelling(fields: Fields): WithoutTime<EventOf<'cancelling'>> {
  return {
    event: 'cancelling',
    run: fields.text('run', RUN_ID),
    ...fields.optional('step', () => fields.text('step', STEP_NAME)),
    ...fields.optional('phase', () => fields.one('phase', ['prepare', 'publish'])),
  }
}

function readHolder(fields: Fields): { holder?: Holder } {
  if (!['run', 'user', 'seconds'].some((key) => fields.has(key))) return {}
  const holder: Holder = {
    run: fields.text('run', RUN_ID),
    user: fields.text('user', ACCOUNT),
    ref: readRef(fields),
    seconds: Math.max(0, fields.integer('seconds')),
    ...fields.optional('step', () => fields.text('step', STEP_NAME)),
    ...fields.optional('by', () => fields.text('by', ACCOUNT)),
  }
  return { holder }
}

function readFreeze(fields: Fields): { freeze?: Freeze } {
  return fields.optional('freeze', () => {
    const freeze = new Fields(fields.value('freeze'))
    return {
      user: freeze.text('user', ACCOUNT),
      reason: freeze.text('reason', CLAIMED),
      seconds: Math.max(0, freeze.integer('seconds')),
    }
  })
}

function readCurrent(fields: Fields): NonNullable<StatusEvent['current']> {
  return {
    path: fields.text('path', PLACE),
    state: fields.one('state', ['gone', 'dangling', 'changed']),
  }
}
