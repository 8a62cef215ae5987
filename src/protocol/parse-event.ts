// Reads events. Everything is checked on arrival: an object that lacks something, or has it in another form, is not an event;
// fields that this version does not know are passed over.
import {
  type Event,
  type Freeze,
  type Holder,
  type Live,
  OUTCOME_REASONS,
  OUTCOMES,
  type OutcomeEvent,
  type PlannedStep,
  REFUSAL_REASONS,
  type RunEvent,
  SKIP_REASONS,
  STEP_NAME,
  type StatusEvent,
} from './event.ts'
import { Fields, matching, NoEvent } from './fields.ts'
import { ACCOUNT, APP, CLAIMED, COMMIT, DIGEST, isRefName, RUN_ID } from './grammar.ts'
import type { Ref } from './request.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const VERSION = /^[0-9A-Za-z.+-]{1,64}$/
/** What a host says of itself: no quote, no backslash, nothing that a terminal would obey. */
const FACT_NAME = /^[a-z][a-z0-9-]{0,39}$/
const FACT_VALUE = /^[A-Za-z0-9 ._/+@,#=:()~%*-]{0,400}$/
/** An account or a program of a host: letters, digits and little else, however it is called there. */
/** A link on a host, as a recipe may name its folder. */
const LINK = /^(?:\/[A-Za-z0-9._+@-]{1,255}){1,60}$/
const LEFT_WORD = /^[A-Za-z0-9?._@-]{1,64}$/
const FLAG = /^[a-z][a-z0-9-]{0,31}(?:=[A-Za-z0-9._][A-Za-z0-9._-]{0,99})?$/

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
  const event = fields.one('event', [
    'hello',
    'app',
    'refused',
    'status',
    'kept',
    'end',
    'run',
    'step',
    'commit',
    'outcome',
    'cancelled',
    'cancelling',
    'left',
    'fact',
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
        ...fields.optional('offset', () => fields.count('offset')),
        ...fields.optional('events', () => fields.count('events')),
      }
    case 'app':
      return { event, time, app: fields.text('app', APP), digest: fields.text('digest', DIGEST) }
    case 'refused':
      return {
        event,
        time,
        reason: fields.one('reason', REFUSAL_REASONS),
        exit: fields.count('exit'),
        ...readHolder(fields),
        ...readFreeze(fields),
      }
    case 'status':
      return {
        event,
        time,
        lock: fields.one('lock', ['free', 'held', 'busy']),
        ...readHolder(fields),
        ...readFreeze(fields),
        ...fields.optional('live', () => readLive(new Fields(fields.value('live')))),
        ...fields.optional('current', () => readCurrent(new Fields(fields.value('current')))),
        ...fields.optional('target', () => fields.text('target', RUN_ID)),
      }
    case 'kept':
      return {
        event,
        time,
        run: fields.text('run', RUN_ID),
        state: fields.one('state', ['good', 'bad']),
      }
    case 'cancelling':
      return {
        event,
        time,
        run: fields.text('run', RUN_ID),
        ...fields.optional('step', () => fields.text('step', STEP_NAME)),
        ...fields.optional('phase', () => fields.one('phase', ['prepare', 'publish'])),
      }
    case 'fact':
      return { event, time, name: fields.text('name', FACT_NAME), value: fields.text('value', FACT_VALUE) }
    case 'end':
      return { event, time }
    case 'run':
      return { ...readRun(fields), time }
    case 'step':
      return { ...readStep(fields), time }
    case 'commit':
      return { event, time, commit: fields.text('commit', COMMIT) }
    case 'cancelled':
      return { event, time, by: fields.text('by', ACCOUNT), when: fields.one('when', ['soon', 'now']) }
    case 'left':
      return {
        event,
        time,
        pid: fields.count('pid'),
        user: fields.text('user', LEFT_WORD),
        command: fields.text('command', LEFT_WORD),
      }
    case 'outcome':
      return { ...readOutcome(fields), time }
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
    path: fields.text('path', LINK),
    state: fields.one('state', ['gone', 'dangling', 'changed']),
  }
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
    ...fields.optional('to', () => fields.text('to', RUN_ID)),
    ...fields.optional('from', () => fields.text('from', RUN_ID)),
    ...fields.optional('steps', () => fields.list('steps').map((step) => readPlanned(new Fields(step)))),
  }
}

function readPlanned(fields: Fields): PlannedStep {
  return {
    name: fields.text('name', STEP_NAME),
    phase: fields.one('phase', ['prepare', 'publish']),
    ...fields.optional('skipped', () => fields.one('skipped', SKIP_REASONS)),
  }
}

function readStep(fields: Fields) {
  const step = {
    event: 'step',
    number: fields.count('number'),
    name: fields.text('name', STEP_NAME),
  } as const
  const state = fields.one('state', ['started', 'skipped', 'retrying', 'ended'])
  if (state === 'started') return { ...step, state }
  if (state === 'skipped') return { ...step, state, reason: fields.one('reason', SKIP_REASONS) }
  if (state === 'retrying') {
    return { ...step, state, status: fields.count('status'), attempt: fields.count('attempt') }
  }
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
    ...fields.optional('commit', () => fields.text('commit', COMMIT)),
    ...fields.optional('number', () => fields.count('number')),
    ...fields.optional('step', () => fields.text('step', STEP_NAME)),
    ...fields.optional('status', () => fields.count('status')),
    ...fields.optional('limitSeconds', () => fields.count('limit'), 'limit'),
    ...fields.optional('ms', () => Math.max(0, fields.integer('ms'))),
    ...fields.optional('reason', () => fields.one('reason', OUTCOME_REASONS)),
    ...fields.optional('by', () => fields.text('by', ACCOUNT)),
    ...fields.optional('back', () => fields.text('back', RUN_ID)),
    ...fields.optional('tried', () => fields.text('tried', RUN_ID)),
    ...fields.optional('backStep', () => fields.text('backStep', STEP_NAME)),
  }
}

function readRef(fields: Fields): Ref {
  const name = fields.text('ref', /./)
  if (!isRefName(name)) throw new NoEvent()
  return { kind: fields.one('kind', ['branch', 'tag']), name }
}
