import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseEvent } from '../../src/protocol/parse-event.ts'
import { patient } from '../support/patience.ts'

const TIME = '2026-11-22T12:00:00Z'
const RUN = '20261122T120000Z-0123456789abcdef'
const OTHER_RUN = '20261121T080000Z-fedcba9876543210'
const SHA = 'a'.repeat(40)
const DIGEST = 'd'.repeat(64)

type Data = Record<string, unknown>

function parse(data: unknown) {
  return parseEvent(JSON.stringify(data))
}

const holder = {
  run: RUN,
  user: 'alice',
  kind: 'branch',
  ref: 'master',
  seconds: 5,
  step: 'make html',
  by: 'bob',
}
const readHolder = {
  run: RUN,
  user: 'alice',
  ref: { kind: 'branch', name: 'master' },
  seconds: 5,
  step: 'make html',
  by: 'bob',
}
const freeze = { user: 'bob', reason: 'release_party', seconds: 9 }
const live = { commit: SHA, kind: 'tag', ref: 'v1', run: RUN, how: 'partial' }
const start = {
  run: RUN,
  user: 'alice',
  app: 'codebase',
  kind: 'branch',
  ref: 'master',
  flags: ['docs', 'colour=red'],
  digest: DIGEST,
}

/** One event of each kind with all its fields: as it comes, what it is read as, and which fields may be missing. */
const KINDS: Record<string, { wire: Data; read: Data; optional: readonly string[] }> = {
  hello: {
    wire: {
      event: 'hello',
      protocol: 2,
      version: '0.1.0',
      user: 'alice',
      app: 'codebase',
      digest: DIGEST,
      offset: 7,
      events: 3,
    },
    read: {
      event: 'hello',
      protocol: 2,
      version: '0.1.0',
      user: 'alice',
      app: 'codebase',
      digest: DIGEST,
      offset: 7,
      events: 3,
    },
    optional: ['app', 'digest', 'offset', 'events'],
  },
  app: {
    wire: { event: 'app', app: 'codebase', digest: DIGEST },
    read: { event: 'app', app: 'codebase', digest: DIGEST },
    optional: [],
  },
  refused: {
    wire: { event: 'refused', reason: 'locked', exit: 75, ...holder, freeze, ahead: 2, behind: 'bob' },
    read: {
      event: 'refused',
      reason: 'locked',
      exit: 75,
      holder: readHolder,
      freeze,
      inLine: { ahead: 2, behind: 'bob' },
    },
    optional: ['step', 'by', 'freeze', 'ahead', 'behind'],
  },
  'refused cancelled': {
    wire: { event: 'refused', reason: 'cancelled', exit: 130, by: 'bob' },
    read: { event: 'refused', reason: 'cancelled', exit: 130, by: 'bob' },
    optional: ['by'],
  },
  'refused withdrawn': {
    wire: { event: 'refused', reason: 'unknown-run', exit: 66, withdrawn: true },
    read: { event: 'refused', reason: 'unknown-run', exit: 66, withdrawn: true },
    optional: ['withdrawn'],
  },
  'refused, withdrawn before': {
    wire: { event: 'refused', reason: 'unknown-run', exit: 66, by: 'bob' },
    read: { event: 'refused', reason: 'unknown-run', exit: 66, by: 'bob' },
    optional: ['by'],
  },
  waiter: {
    wire: { event: 'waiter', run: RUN, user: 'bob', kind: 'tag', ref: 'v2', seconds: 3 },
    read: { event: 'waiter', run: RUN, user: 'bob', ref: { kind: 'tag', name: 'v2' }, seconds: 3 },
    optional: [],
  },
  kept: {
    wire: { event: 'kept', run: RUN, state: 'bad' },
    read: { event: 'kept', run: RUN, state: 'bad' },
    optional: [],
  },
  status: {
    wire: { event: 'status', lock: 'held', ...holder, freeze, live },
    read: {
      event: 'status',
      lock: 'held',
      holder: readHolder,
      freeze,
      live: { commit: SHA, ref: { kind: 'tag', name: 'v1' }, run: RUN, how: 'partial' },
    },
    optional: ['step', 'by', 'freeze', 'live'],
  },
  cancelled: {
    wire: { event: 'cancelled', by: 'bob', when: 'soon' },
    read: { event: 'cancelled', by: 'bob', when: 'soon' },
    optional: [],
  },
  left: {
    wire: { event: 'left', pid: 4711, user: 'deploybot', command: 'node' },
    read: { event: 'left', pid: 4711, user: 'deploybot', command: 'node' },
    optional: [],
  },
  cancelling: {
    wire: { event: 'cancelling', run: RUN, step: 'git', phase: 'prepare' },
    read: { event: 'cancelling', run: RUN, step: 'git', phase: 'prepare' },
    optional: ['step', 'phase'],
  },
  fact: {
    wire: { event: 'fact', name: 'sudo-version', value: '1.9.13p3 (Debian)' },
    read: { event: 'fact', name: 'sudo-version', value: '1.9.13p3 (Debian)' },
    optional: [],
  },
  plan: {
    wire: { event: 'plan', commit: SHA, comes: 3, goes: 0 },
    read: { event: 'plan', commit: SHA, comes: 3, goes: 0 },
    optional: ['commit', 'comes', 'goes'],
  },
  paths: {
    wire: { event: 'paths', state: 'missing' },
    read: { event: 'paths', state: 'missing' },
    optional: [],
  },
  space: {
    wire: { event: 'space', path: '/var/shop', free: 0, all: 7 },
    read: { event: 'space', path: '/var/shop', free: 0, all: 7 },
    optional: [],
  },
  commits: {
    wire: { event: 'commits', side: 'goes', count: 3 },
    read: { event: 'commits', side: 'goes', count: 3 },
    optional: [],
  },
  'look at files': {
    wire: {
      ...{ event: 'look', number: 2, name: 'rsync src', state: 'files', new: 1, changed: 0, deleted: 2 },
      part: true,
    },
    read: {
      ...{ event: 'look', number: 2, name: 'rsync src', state: 'files', new: 1, changed: 0, deleted: 2 },
      part: true,
    },
    optional: ['part'],
  },
  look: {
    wire: { event: 'look', number: 2, name: 'check', state: 'failed' },
    read: { event: 'look', number: 2, name: 'check', state: 'failed' },
    optional: [],
  },
  unseen: {
    wire: { event: 'unseen', reason: 'storage' },
    read: { event: 'unseen', reason: 'storage' },
    optional: [],
  },
  end: { wire: { event: 'end' }, read: { event: 'end' }, optional: [] },
  run: {
    wire: {
      ...{ event: 'run', ...start, commit: SHA, claimed: 'ci:alice', back: true, to: OTHER_RUN, from: RUN },
      live: { commit: SHA, kind: 'branch', ref: 'master', run: OTHER_RUN, how: 'partial' },
      steps: [
        { name: 'git', phase: 'prepare' },
        { name: 'make html', phase: 'prepare', skipped: 'flag' },
      ],
    },
    read: {
      ...{ event: 'run', run: RUN, user: 'alice', app: 'codebase', ref: { kind: 'branch', name: 'master' } },
      ...{
        flags: ['docs', 'colour=red'],
        digest: DIGEST,
        commit: SHA,
        claimed: 'ci:alice',
        back: true,
        to: OTHER_RUN,
        from: RUN,
      },
      live: { commit: SHA, ref: { kind: 'branch', name: 'master' }, run: OTHER_RUN, how: 'partial' },
      steps: [
        { name: 'git', phase: 'prepare' },
        { name: 'make html', phase: 'prepare', skipped: 'flag' },
      ],
    },
    optional: ['commit', 'claimed', 'back', 'to', 'from', 'live', 'steps'],
  },
  'step started': {
    wire: { event: 'step', number: 1, name: 'git', state: 'started' },
    read: { event: 'step', number: 1, name: 'git', state: 'started' },
    optional: [],
  },
  'step skipped': {
    wire: { event: 'step', number: 1, name: 'git', state: 'skipped', reason: 'sandbox' },
    read: { event: 'step', number: 1, name: 'git', state: 'skipped', reason: 'sandbox' },
    optional: [],
  },
  'step retrying': {
    wire: { event: 'step', number: 1, name: 'git', state: 'retrying', status: 1, attempt: 2 },
    read: { event: 'step', number: 1, name: 'git', state: 'retrying', status: 1, attempt: 2 },
    optional: [],
  },
  'step ended': {
    wire: { event: 'step', number: 1, name: 'git', state: 'ended', status: 124, ms: 60_000, limit: 60 },
    read: {
      event: 'step',
      number: 1,
      name: 'git',
      state: 'ended',
      status: 124,
      ms: 60_000,
      limitSeconds: 60,
    },
    optional: ['limit'],
  },
  commit: { wire: { event: 'commit', commit: SHA }, read: { event: 'commit', commit: SHA }, optional: [] },
  outcome: {
    wire: {
      ...{
        event: 'outcome',
        run: RUN,
        outcome: 'failed',
        exit: 66,
        number: 1,
        step: 'git',
        status: 66,
        limit: 9,
        ms: 5,
      },
      ...{ reason: 'ref-not-found', by: 'bob', back: OTHER_RUN, live },
    },
    read: {
      ...{
        event: 'outcome',
        run: RUN,
        outcome: 'failed',
        exit: 66,
        number: 1,
        step: 'git',
        status: 66,
        limitSeconds: 9,
        ms: 5,
      },
      ...{ reason: 'ref-not-found', by: 'bob', back: OTHER_RUN },
      live: { commit: SHA, ref: { kind: 'tag', name: 'v1' }, run: RUN, how: 'partial' },
    },
    optional: ['number', 'step', 'status', 'limit', 'ms', 'reason', 'by', 'back', 'live'],
  },
}

/** No field of any event may be one of these. */
const WRONG: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  ' ',
  'x y\n',
  '\u001b[31m',
  [],
  ['x'],
  {},
  'ü',
]

describe('accepts an event of the kind', () => {
  for (const [kind, { wire, read, optional }] of Object.entries(KINDS)) {
    test(kind, () => {
      assert.deepEqual(parse({ ...wire, time: TIME }), { ...read, time: TIME })
      for (const key of optional) {
        const { [key]: _, ...rest } = { ...wire, time: TIME } as Data
        assert.ok(parse(rest), `without ${key}`)
      }
    })
  }

  test('refused and status without a holder', () => {
    assert.deepEqual(parse({ event: 'refused', time: TIME, reason: 'drift', exit: 78 }), {
      ...{ event: 'refused', time: TIME, reason: 'drift', exit: 78 },
    })
    assert.deepEqual(parse({ event: 'status', time: TIME, lock: 'free' }), {
      event: 'status',
      time: TIME,
      lock: 'free',
    })
  })
})

describe('passes over the fields that this version does not know in', () => {
  for (const [kind, { wire, read }] of Object.entries(KINDS)) {
    test(kind, () => {
      const more = { extra: 1, constructor: {}, toString: 'x', 'x y': ['\u001b[31m'], holder: {} }
      assert.deepEqual(parse({ ...more, ...wire, time: TIME }), { ...read, time: TIME })
    })
  }

  test('freeze, live and planned steps', () => {
    const more = { extra: '\u001b[31m' }
    const status = { event: 'status', time: TIME, lock: 'free' }
    assert.deepEqual(parse({ ...status, live: { ...live, ...more } }), parse({ ...status, live }))
    assert.deepEqual(parse({ ...status, freeze: { ...freeze, ...more } }), { ...status, freeze })
    const step = { name: 'git', phase: 'prepare' }
    const run = { event: 'run', time: TIME, ...start }
    assert.deepEqual(parse({ ...run, steps: [{ ...step, ...more }] }), parse({ ...run, steps: [step] }))
  })
})

describe('takes for no event a', () => {
  for (const [kind, { wire, optional }] of Object.entries(KINDS)) {
    const event: Data = { ...wire, time: TIME }
    test(`${kind} with a field that is missing`, () => {
      for (const key of Object.keys(event).filter((each) => !optional.includes(each))) {
        const { [key]: _, ...rest } = event
        assert.equal(parse(rest), undefined, `without ${key}`)
      }
    })

    test(`${kind} with a field of another shape`, () => {
      for (const key of Object.keys(event)) {
        // a fact may have nothing to say; a list of flags or steps may be empty; a clock that was set back makes a negative time
        const allowed = (value: unknown) =>
          (['flags', 'steps'].includes(key) &&
            Array.isArray(value) &&
            (value.length === 0 || key === 'flags')) ||
          (kind === 'run' && key === 'back' && value === true) ||
          (['part', 'withdrawn'].includes(key) && value === true) ||
          (['ms', 'seconds'].includes(key) && value === -1) ||
          (kind === 'fact' && key === 'value' && (value === '' || value === ' '))
        for (const value of WRONG.filter((each) => !allowed(each))) {
          assert.equal(parse({ ...event, [key]: value }), undefined, `${key}: ${JSON.stringify(value)}`)
        }
      }
    })
  }

  test('freeze, live or planned step with a field that is missing or of another shape', () => {
    const status = { event: 'status', time: TIME, lock: 'free' }
    assert.ok(parse({ ...status, live }))
    for (const wrong of [{ ...live, how: 'whole' }, { ...live, commit: 'x' }, {}, [], null]) {
      assert.equal(parse({ ...status, live: wrong }), undefined)
    }
    for (const wrong of [
      { ...freeze, reason: 'two words' },
      { ...freeze, user: '' },
      { user: 'bob' },
      {},
      [],
      null,
      'x',
    ]) {
      assert.equal(parse({ ...status, freeze: wrong }), undefined)
    }
    const run = { event: 'run', time: TIME, ...start }
    for (const wrong of [
      { name: 'git' },
      { name: 'git', phase: 'x' },
      { name: 'a"b', phase: 'prepare' },
      null,
      'git',
      [],
    ]) {
      assert.equal(parse({ ...run, steps: [wrong] }), undefined)
    }
  })

  test('run with flags that no recipe could declare', () => {
    for (const flag of ['Docs', '-d', 'docs=', 'colour=-x', 'colour=a b', 'x\n', 1, null]) {
      assert.equal(
        parse({ event: 'run', time: TIME, ...start, flags: [flag] }),
        undefined,
        JSON.stringify(flag),
      )
    }
  })

  test('run whose ref is none', () => {
    for (const ref of ['', '../x', 'HEAD', SHA, 'x y', 'x\u001b']) {
      assert.equal(parse({ event: 'run', time: TIME, ...start, ref }), undefined)
    }
  })
})

test('a time that was measured over a clock that was set back is 0', () => {
  const event = parse({
    event: 'step',
    time: TIME,
    number: 1,
    name: 'git',
    state: 'ended',
    status: 0,
    ms: -5,
  })
  assert.equal(event?.event === 'step' && event.state === 'ended' && event.ms, 0)
})

describe('hostile JSON is no event', () => {
  test('what is no object', () => {
    for (const json of [
      '',
      ' ',
      '{',
      'null',
      'true',
      '1',
      '"hello"',
      '[]',
      '[{}]',
      '{}',
      'undefined',
      '{"event":"end"',
      "{'event':'end'}",
    ]) {
      assert.equal(parseEvent(json), undefined, json)
    }
  })

  test('keys that mean something to JavaScript', () => {
    const json = `{"event":"end","time":"${TIME}","__proto__":{"polluted":1}}`
    assert.deepEqual(parseEvent(json), { event: 'end', time: TIME })
    // what an object inherits is not a field
    assert.equal(parseEvent(`{"__proto__":{"event":"end","time":"${TIME}"}}`), undefined)
    assert.equal(({} as Data).polluted, undefined)
    for (const event of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.equal(parse({ event, time: TIME }), undefined)
    }
  })

  test('numbers that are none', () => {
    for (const number of ['1e999', '-1e999', '9007199254740993', '0.1', '"1"', 'NaN']) {
      const json = `{"event":"step","time":"${TIME}","number":${number},"name":"git","state":"started"}`
      assert.equal(parseEvent(json), undefined, number)
    }
  })

  test('long lists', () => {
    const flags = Array.from({ length: 65 }, () => 'docs')
    assert.equal(parse({ event: 'run', time: TIME, ...start, flags }), undefined)
    assert.ok(parse({ event: 'run', time: TIME, ...start, flags: flags.slice(1) }))
  })

  test('deep nesting and great size, in time', () => {
    const began = performance.now()
    for (const json of [
      '['.repeat(1e6),
      `${'['.repeat(1e5)}${']'.repeat(1e5)}`,
      `{"event":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`,
    ]) {
      assert.equal(parseEvent(json), undefined)
    }
    assert.equal(parse({ event: 'app', time: TIME, app: 'a'.repeat(1e6), digest: DIGEST }), undefined)
    assert.equal(parse({ event: 'run', time: TIME, ...start, ref: 'a/'.repeat(5e5) }), undefined)
    assert.ok(performance.now() - began < patient(1000))
  })

  test('any JSON, and any event with one value of any kind in it, throws nothing', () => {
    const wires = Object.values(KINDS).map(({ wire }): Data => ({ ...wire, time: TIME }))
    fc.assert(
      fc.property(fc.constantFrom(...wires), fc.nat(), fc.jsonValue(), (wire, choice, value) => {
        const key = Object.keys(wire)[choice % Object.keys(wire).length] ?? ''
        parse(value)
        const event = parse({ ...wire, [key]: value })
        if (event) assert.match(JSON.stringify(event), /^[\x20-\x7e]+$/)
      }),
    )
  })
})

test('of a key that comes twice the last one counts, and counts in full', () => {
  const json = `{"event":"app","event":"end","time":"${TIME}"}`
  assert.deepEqual(parseEvent(json), { event: 'end', time: TIME })
  assert.equal(parseEvent(`{"event":"end","event":"app","time":"${TIME}"}`), undefined)
})
