// Reads the events that a run writes, live or in the history: what it will do, each step, and how it ended.
import {
  type EventOf,
  type Live,
  OUTCOME_REASONS,
  OUTCOMES,
  type OutcomeEvent,
  type PlannedStep,
  type RunEvent,
  SKIP_REASONS,
  STEP_NAME,
  type StepEvent,
} from './event.ts'
import { Fields, matching, NoEvent } from './fields.ts'
import { ACCOUNT, APP, CLAIMED, COMMIT, isRefName, RUN_ID } from './grammar.ts'
import type { Ref } from './request.ts'

const FLAG = /^[a-z][a-z0-9-]{0,31}(?:=[A-Za-z0-9._][A-Za-z0-9._-]{0,99})?$/
/** A process as ps shows it: its account or its program, which other programs may have named. */
const LEFT_WORD = /^[A-Za-z0-9?._@-]{1,64}$/

/** Its steps and flags stand in the first event of a run; a history has no steps. */
export function readRun(fields: Fields): RunEvent {
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
    ...fields.optional('back', () => fields.true('back')),
    ...fields.optional('to', () => fields.text('to', RUN_ID)),
    ...fields.optional('from', () => fields.text('from', RUN_ID)),
    ...fields.optional('live', () => readLive(new Fields(fields.value('live')))),
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

/** What is known of a step depends on its state. */
export function readStep(fields: Fields): StepEvent {
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

/** A process that a step left behind. */
export function readLeft(fields: Fields): Omit<EventOf<'left'>, 'time'> {
  return {
    event: 'left',
    pid: fields.count('pid'),
    user: fields.text('user', LEFT_WORD),
    command: fields.text('command', LEFT_WORD),
  }
}

/** How a run ended. */
export function readOutcome(fields: Fields): OutcomeEvent {
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
    ...fields.optional('live', () => readLive(new Fields(fields.value('live')))),
  }
}

/** The branch or tag of a run, from two fields. */
export function readRef(fields: Fields): Ref {
  const name = fields.text('ref', /./)
  if (!isRefName(name)) throw new NoEvent()
  return { kind: fields.one('kind', ['branch', 'tag']), name }
}

/** What a host has in place. */
export function readLive(fields: Fields): Live {
  return {
    commit: fields.text('commit', /^(?:-|[0-9a-f]{40}|[0-9a-f]{64})$/),
    ref: readRef(fields),
    run: fields.text('run', RUN_ID),
    how: fields.one('how', ['complete', 'partial']),
  }
}
