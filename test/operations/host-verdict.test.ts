import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HostVerdict } from '../../src/operations/host-verdict.ts'
import type { Event, OutcomeEvent, RunEvent } from '../../src/protocol/event.ts'
import type { HostOutcome } from '../../src/protocol/progress.ts'
import type { DeployRequest } from '../../src/protocol/request.ts'
import {
  at,
  COMMIT,
  commit,
  ended,
  goodRun,
  hello,
  outcome,
  REQUEST,
  runEvent,
  STEPS,
  skipped,
  started,
} from './scripted-run.ts'

const OTHER_RUN = '20261122T120000Z-ffffffffffffffff'
const OTHER_COMMIT = 'f'.repeat(40)

type Told = { event: Event; from: 'request' | 'run' }

function byRun(events: readonly Event[]): Told[] {
  return events.map((event) => ({ event, from: 'run' }))
}

function judge(told: readonly Told[], changes: Partial<DeployRequest> = {}): HostOutcome {
  const verdict = new HostVerdict({ host: 'web1', request: { ...REQUEST, ...changes }, steps: STEPS })
  for (const { event, from } of told) verdict.take(event, from)
  return verdict.end()
}

const good = goodRun()

/** The good run with one event replaced by others. */
function replaced(index: number, ...events: Event[]): Event[] {
  return good.toSpliced(index, 1, ...events)
}

const RUN_AT = 0
const COMMIT_AT = 3
const OUTCOME_AT = good.length - 1

test('a run that told everything in order is deployed', () => {
  const verdict = judge([{ event: hello(), from: 'request' }, ...byRun(good)])
  assert.equal(verdict.error, undefined)
  assert.equal(verdict.commit, COMMIT)
  assert.equal(verdict.run?.user, 'alice')
})

test('attempts of a step that are retried do not count against it', () => {
  const retrying = at({
    event: 'step',
    number: 3,
    name: 'rsync src',
    state: 'retrying',
    status: 1,
    attempt: 1,
  })
  assert.equal(judge(byRun(good.toSpliced(6, 0, retrying, retrying))).error, undefined)
})

test('what was asked for is what must have been done', () => {
  const asked = { commit: COMMIT, flags: [{ name: 'docs' }, { name: 'colour', value: 'red' }] }
  const told = (flags: string[], id?: string) =>
    byRun(replaced(RUN_AT, runEvent({ flags, ...(id === undefined ? {} : { commit: id }) })))
  assert.equal(judge(told(['docs', 'colour=red'], COMMIT), asked).error, undefined)
  for (const other of [
    told(['docs', 'colour=blue'], COMMIT),
    told(['colour=red', 'docs'], COMMIT),
    told(['docs'], COMMIT),
    told(['docs', 'colour=red']),
    told(['docs', 'colour=red'], OTHER_COMMIT),
  ])
    assert.equal(judge(other, asked).error?.code, 'SHIPIT_UNKNOWN_VERDICT')
})

const WRONG: Record<string, [readonly Told[] | readonly Event[], RegExp]> = {
  'another run': [replaced(RUN_AT, runEvent({ run: OTHER_RUN })), /it sent another run/],
  'another app': [replaced(RUN_AT, runEvent({ app: 'other' })), /it sent another run/],
  'another branch': [
    replaced(RUN_AT, runEvent({ ref: { kind: 'branch', name: 'y' } })),
    /it deployed branch 'y'/,
  ],
  'a tag for a branch': [
    replaced(RUN_AT, runEvent({ ref: { kind: 'tag', name: 'x' } })),
    /it deployed tag 'x'/,
  ],
  'flags that were not given': [replaced(RUN_AT, runEvent({ flags: ['docs'] })), /it was given other flags/],
  'another recipe': [replaced(RUN_AT, runEvent({ digest: 'unasked' })), /it was asked for another recipe/],
  'two runs': [replaced(RUN_AT, runEvent(), runEvent()), /it sent two runs/],
  'no run': [replaced(RUN_AT), /a step came before the run/],
  'no plan': [replaced(RUN_AT, without(runEvent(), 'steps')), /it has other steps/],
  'a plan with a step less': [replaced(RUN_AT, runEvent({ steps: STEPS.slice(0, 3) })), /it has other steps/],
  'a plan in another order': [
    replaced(RUN_AT, runEvent({ steps: STEPS.toReversed() })),
    /it has other steps/,
  ],
  'a plan that leaves out what was asked for': [
    replaced(RUN_AT, runEvent({ steps: STEPS.map((step) => ({ ...step, skipped: 'flag' as const })) })),
    /it has other steps/,
  ],
  'a plan with another phase': [
    replaced(RUN_AT, runEvent({ steps: STEPS.map((step) => ({ ...step, phase: 'prepare' as const })) })),
    /it has other steps/,
  ],
  'a missing step': [good.toSpliced(5, 2), /its steps came out of order/],
  'no steps at all': [[runEvent(), outcome()], /not every step was done/],
  'steps that end too early': [good.toSpliced(7, 2), /not every step was done/],
  'a step twice': [good.toSpliced(5, 0, started(1), ended(1)), /its steps came out of order/],
  'steps in another order': [
    [...good.slice(0, 5), ...good.slice(7, 9), ...good.slice(5, 7), outcome()],
    /out of order/,
  ],
  'a step of another name': [replaced(5, started(3, 'rsync doc')), /its steps came out of order/],
  'a step that ended and had not begun': [replaced(5), /a step ended that had not begun/],
  'two steps at once': [replaced(6, started(4)), /its steps came out of order|two steps ran at once/],
  'a step that is left out and was not to be': [
    replaced(6, skipped(3)).toSpliced(5, 1),
    /it left out 'rsync src'/,
  ],
  'a step that is left out for another reason': [
    replaced(4, skipped(2, 'sandbox')),
    /it left out 'make html'/,
  ],
  'a step that was to be left out': [replaced(4, started(2), ended(2)), /it did not leave out 'make html'/],
  'a step that failed': [replaced(6, ended(3, 1)), /not every step was done/],
  'a step that ran out of time': [
    replaced(6, { ...ended(3), limitSeconds: 5 } as Event),
    /not every step was done/,
  ],
  'no commit': [replaced(COMMIT_AT), /it named no commit/],
  'two commits': [replaced(COMMIT_AT, commit(), commit()), /it named two commits/],
  'a commit at the wrong place': [
    [...replaced(COMMIT_AT).slice(0, -1), commit(), outcome()],
    /commit out of order/,
  ],
  'a commit within a step': [
    [...good.slice(0, 2), commit(), ended(1), ...good.slice(4)],
    /commit out of order/,
  ],
  'the outcome of another run': [
    replaced(OUTCOME_AT, outcome({ run: OTHER_RUN })),
    /the outcome is of another run/,
  ],
  'an exit code that is none of success': [
    replaced(OUTCOME_AT, outcome({ exit: 1 })),
    /with the exit code 1/,
  ],
  'an outcome that tells of a failure as well': [
    replaced(OUTCOME_AT, outcome({ step: 'git', status: 1 })),
    /it tells of a failure, too/,
  ],
  'the outcome twice': [[...good, outcome()], /something came after the outcome/],
  'a step after the outcome': [[...good, started(1)], /something came after the outcome/],
  'events of another answer': [
    good.toSpliced(1, 0, at({ event: 'end' })),
    /an event 'end' came that belongs to no run/,
  ],
  'the run under the token of the request': [
    [{ event: runEvent(), from: 'request' } as Told, ...byRun(good.slice(1))],
    /an event came under the wrong token/,
  ],
  'the outcome under the token of the request': [
    [...byRun(good.slice(0, -1)), { event: outcome(), from: 'request' } as Told, ...byRun([outcome()])],
    /an event came under the wrong token/,
  ],
  'a hello under the token of the run': [[hello(), ...good], /an event came under the wrong token/],
}

function without(event: Event, key: keyof RunEvent): Event {
  const { [key]: _, ...rest } = event as RunEvent
  return rest as Event
}

function asTold(sequence: readonly Told[] | readonly Event[]): readonly Told[] {
  return sequence.map((each) => ('from' in each ? each : { event: each, from: 'run' }))
}

describe('a host that says it succeeded is not believed with', () => {
  for (const [name, [sequence, reason]] of Object.entries(WRONG)) {
    test(name, () => {
      const { error } = judge(asTold(sequence))
      assert.equal(error?.code, 'SHIPIT_UNKNOWN_VERDICT')
      assert.equal(error?.exitCode, 76)
      assert.match(error?.message ?? '', reason)
    })
  }

  test('another commit than the asked one', () => {
    const told = byRun(replaced(RUN_AT, runEvent({ commit: OTHER_COMMIT })))
    assert.match(judge(told, { commit: OTHER_COMMIT }).error?.message ?? '', /it deployed commit 1a2b/)
  })
})

test('a run without an outcome is unknown', () => {
  const { error } = judge(byRun(good.slice(0, -1)))
  assert.equal(error?.exitCode, 76)
  assert.equal(error?.message, "'web1' stopped answering before the run's outcome")
})

test('the step that brings the commit may have another name', () => {
  const steps = STEPS.map((step, index) => (index === 0 ? { ...step, name: 'checkout' } : step))
  const events = [
    runEvent({ steps }),
    started(1, 'checkout'),
    ended(1, 0, 'checkout'),
    ...good.slice(COMMIT_AT),
  ]
  const judged = (told: readonly Event[]) => {
    const verdict = new HostVerdict({ host: 'web1', request: REQUEST, steps, gitStep: 'checkout' })
    for (const event of told) verdict.take(event, 'run')
    return verdict.end().error?.message
  }
  assert.equal(judged(events), undefined)
  assert.match(judged(events.filter(({ event }) => event !== 'commit')) ?? '', /it named no commit/)
})

const failed = [runEvent(), started(1), ended(1), commit(), skipped(2), started(3), ended(3, 23)]
const inRsync = { number: 3, step: 'rsync src' }
const BAD: Record<
  string,
  [readonly Event[], Partial<OutcomeEvent>, { code: string; exit: number; message: RegExp }]
> = {
  failed: [
    failed,
    { outcome: 'failed', exit: 1, ...inRsync, status: 23 },
    { code: 'SHIPIT_STEP_FAILED', exit: 1, message: /^step 'rsync src' failed with status 23 on 'web1'$/ },
  ],
  'timed-out': [
    failed,
    { outcome: 'timed-out', exit: 1, ...inRsync, status: 124, limitSeconds: 600 },
    {
      code: 'SHIPIT_STEP_FAILED',
      exit: 1,
      message: /^step 'rsync src' ran out of time \(600 s\) on 'web1'$/,
    },
  ],
  'failed with a full log': [
    failed,
    { outcome: 'failed', exit: 1, ...inRsync, status: 137, reason: 'log-full' },
    { code: 'SHIPIT_STEP_FAILED', exit: 1, message: /^step 'rsync src' filled the log of the run on 'web1'/ },
  ],
  'failed for a branch that is not there': [
    [runEvent(), started(1), ended(1, 66)],
    { outcome: 'failed', exit: 66, number: 1, step: 'git', status: 66, reason: 'ref-not-found' },
    {
      code: 'SHIPIT_REF_NOT_FOUND',
      exit: 66,
      message: /^there is no branch 'x' in the repository of 'web1'/,
    },
  ],
  cancelled: [
    failed.slice(0, -1),
    { outcome: 'cancelled', exit: 130, ...inRsync },
    { code: 'SHIPIT_CANCELLED', exit: 130, message: /^the run on 'web1' was cancelled/ },
  ],
  interrupted: [
    failed.slice(0, -1),
    { outcome: 'interrupted', exit: 76, step: 'rsync src' },
    {
      code: 'SHIPIT_INTERRUPTED',
      exit: 76,
      message: /^the run on 'web1' was interrupted in step 'rsync src'/,
    },
  ],
}

describe('a run is', () => {
  for (const [name, [events, changes, { code, exit, message }]] of Object.entries(BAD)) {
    test(name, () => {
      const { error } = judge(byRun([...events, outcome(changes)]))
      assert.equal(error?.code, code)
      assert.equal(error?.exitCode, exit)
      assert.match(error?.message ?? '', message)
      assert.ok((error?.suggestions.length ?? 0) > 0 || name === 'cancelled')
    })

    test(`${name}, and not believed to be, when something else is wrong`, () => {
      const { error } = judge(byRun([...events.slice(1), outcome(changes)]))
      assert.equal(error?.code, 'SHIPIT_UNKNOWN_VERDICT')
    })
  }

  test('said to have left alone what is live only if no step had begun that touches it', () => {
    const early = [
      runEvent(),
      started(1),
      ended(1, 1),
      outcome({ outcome: 'failed', exit: 1, step: 'git', status: 1 }),
    ]
    assert.match(judge(byRun(early)).error?.suggestions[0] ?? '', /^Nothing that is live was touched/)
    // number 1 would make it look as if only the first step had run
    const late = [...failed, outcome({ outcome: 'failed', exit: 1, number: 1, step: 'git', status: 1 })]
    assert.match(judge(byRun(late)).error?.suggestions[0] ?? '', /^Part of it is live/)
  })
})

describe('properties', () => {
  /** An event with something changed in it; the host's clock and how long it took may be anything. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.constantFrom(
        ...([
          { number: 2 },
          { name: 'git' },
          { status: 1 },
          { run: OTHER_RUN },
          { exit: 1 },
          { outcome: 'failed' },
          { flags: ['docs'] },
          { steps: [] },
          { app: 'other' },
        ] as object[]),
      ),
    )
    // what is no field of an event does not come from the wire
    .map(([event, change]) =>
      Object.keys(change).every((key) => key in event) ? ({ ...event, ...change } as Event) : event,
    )
  const anyEvent = fc.oneof(fc.constantFrom(...good, commit(OTHER_COMMIT)), mutated)
  const edit = fc.oneof(
    fc.record({ kind: fc.constant('drop' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.nat(20), with: fc.nat(20) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(20), event: anyEvent }),
    fc.record({ kind: fc.constant('replace' as const), at: fc.nat(20), event: anyEvent }),
    fc.record({ kind: fc.constant('token' as const), at: fc.nat(20) }),
  )

  function apply(
    told: Told[],
    change: typeof edit extends fc.Arbitrary<infer Value> ? Value : never,
  ): Told[] {
    const place = told.length === 0 ? 0 : change.at % told.length
    const here = told[place]
    if (!here) return told
    switch (change.kind) {
      case 'drop':
        return told.toSpliced(place, 1)
      case 'swap': {
        const other = change.with % told.length
        return told.with(place, told[other] as Told).with(other, here)
      }
      case 'insert':
        return told.toSpliced(place, 0, { event: change.event, from: 'run' })
      case 'replace':
        return told.with(place, { event: change.event, from: 'run' })
      case 'token':
        return told.with(place, { ...here, from: here.from === 'run' ? 'request' : 'run' })
    }
  }

  /** What makes a good run, but for commit ids, which nobody asked for. */
  const essence = (told: readonly Told[]) =>
    JSON.stringify(
      told.map(({ event, from }) => (event.event === 'commit' ? { event: 'commit', from } : [event, from])),
    )

  test('no sequence but the good one is deployed', () => {
    const expected = essence(byRun(good))
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const told = edits.reduce(apply, byRun(good))
        if (judge(told).error === undefined) assert.equal(essence(told), expected)
      }),
      { numRuns: 5000 },
    )
  })

  test('no mixture of events is deployed but the good run', () => {
    const expected = essence(byRun(good))
    fc.assert(
      fc.property(fc.shuffledSubarray([...byRun(good), ...byRun(good)], { minLength: 5 }), (told) => {
        if (judge(told).error === undefined) assert.equal(essence(told), expected)
      }),
      { numRuns: 2000 },
    )
  })
})
