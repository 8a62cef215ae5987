import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Expected, ShownRun } from '../../../src/operations/explain/expected-run.ts'
import { HostVerdict } from '../../../src/operations/run/host-verdict.ts'
import type { Event, OutcomeEvent, RunEvent } from '../../../src/protocol/event.ts'
import { judge, judgeRollback } from '../support/judge-run.ts'
import {
  at,
  COMMIT,
  commit,
  DIGEST,
  ended,
  goodRun,
  outcome,
  REQUEST,
  runEvent,
  STEPS,
  skipped,
  started,
} from '../support/scripted-run.ts'
import { COMMIT_AT, OTHER_RUN, RUN_AT, replaced, WRONG } from '../support/wrong-runs.ts'

const OTHER_COMMIT = 'f'.repeat(40)

const good = goodRun()

test('a run that told everything in order is deployed', () => {
  const verdict = judge(good)
  assert.equal(verdict.error, undefined)
  assert.equal(verdict.commit, COMMIT)
  assert.equal(verdict.run?.user, 'alice')
})

test('a run of somebody else is not the one that was asked for, unless it was only found', () => {
  const errorFor = (user: string, request: Expected['request'] = REQUEST) => {
    const verdict = new HostVerdict({ host: 'web1', request, steps: STEPS })
    verdict.greet(user)
    for (const event of good) verdict.take(event)
    return verdict.end().error
  }
  const error = errorFor('bob')
  assert.equal(error?.exitCode, 76)
  assert.match(error?.message ?? '', /but it is a run of alice, and it was asked by bob$/)
  assert.equal(errorFor('alice'), undefined)
  const { run, app } = REQUEST
  assert.equal(errorFor('bob', { verb: 'attach', run, app }), undefined)
})

test('a run whose commit something newer has in it is superseded, if all of it fits', () => {
  const live = { commit: OTHER_COMMIT, ref: REQUEST.ref, run: OTHER_RUN, how: 'complete' } as const
  const end = (changes: Partial<OutcomeEvent> = {}) =>
    outcome({ outcome: 'superseded', commit: COMMIT, live, ...changes })
  const told = [runEvent(), started(1), ended(1), commit()]
  assert.equal(judge([...told, end()]).error, undefined)
  const doubt = (events: readonly Event[], changes = {}) => judge(events, changes).error?.message ?? ''
  const back = { back: true as const }
  assert.match(doubt([runEvent(back), ...told.slice(1), end()], back), /but it was to go back$/)
  assert.match(doubt([...told, skipped(2), started(3), ended(3), end()]), /but it had begun to publish$/)
  assert.match(doubt([...told, end({ live: { ...live, commit: COMMIT } })]), /but it names nothing newer$/)
  assert.match(doubt([...told.slice(0, 3), end()]), /but it names nothing newer$/)
  assert.match(doubt([...told, end({ exit: 1 })]), /but it also reports a failure$/)
  assert.match(doubt([runEvent(back), ...told.slice(1), end()]), /it may go back to an older commit$/)
  assert.match(doubt([...told, end()], back), /it may not go back to an older commit$/)
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
  assert.equal(judge(good.toSpliced(6, 0, retrying, retrying)).error, undefined)
})

test('a cancel that comes too late, or hits a step that publishes, does not count against it', () => {
  const cancelled = (by: string, when: 'soon' | 'now') => at({ event: 'cancelled', by, when })
  const told = good.toSpliced(1, 0, cancelled('bob', 'soon')).toSpliced(8, 0, cancelled('carol', 'now'))
  assert.equal(judge(told).error, undefined)
})

test('what was asked for is what must have been done', () => {
  const asked = { commit: COMMIT, flags: [{ name: 'docs' }, { name: 'colour', value: 'red' }] }
  const told = (flags: string[], id?: string) =>
    replaced(RUN_AT, runEvent({ flags, ...(id === undefined ? {} : { commit: id }) }))
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

describe('a host that says it succeeded is not believed with', () => {
  for (const [name, [sequence, reason]] of Object.entries(WRONG)) {
    test(name, () => {
      const { error } = judge(sequence)
      assert.equal(error?.code, 'SHIPIT_UNKNOWN_VERDICT')
      assert.equal(error?.exitCode, 76)
      assert.match(error?.message ?? '', reason)
    })
  }

  test('another commit than the asked one', () => {
    const told = replaced(RUN_AT, runEvent({ commit: OTHER_COMMIT }))
    assert.match(judge(told, { commit: OTHER_COMMIT }).error?.message ?? '', /it deployed commit 1a2b/)
  })
})

test('a rollback is believed only to the run that was asked for, and to what its host had told of that', () => {
  const to = '20261121T120000Z-0123456789abcdef'
  const ref = { kind: 'branch', name: 'x' } as const
  const back = { to, from: OTHER_RUN, ref, commit: COMMIT, digest: DIGEST }
  const message = (changes: Partial<RunEvent>, shown?: ShownRun) => {
    const { error } = judgeRollback(
      replaced(RUN_AT, runEvent({ ...back, ...changes } as RunEvent)),
      to,
      shown,
    )
    if (error) assert.equal(error.exitCode, 76)
    return error?.message
  }
  const shown = { ref, commit: COMMIT, flags: [] }
  assert.equal(message({}), undefined)
  assert.equal(message({}, shown), undefined)
  assert.match(message({ to: OTHER_RUN }) ?? '', /it went back to run \S+-ffffffffffffffff$/)
  const { to: _, ...nowhere } = back
  const told = replaced(RUN_AT, runEvent(nowhere))
  assert.match(judgeRollback(told, to).error?.message ?? '', /it went back to no run/)
  const y = { kind: 'branch', name: 'y' } as const
  assert.match(message({ ref: y }, shown) ?? '', /it went back to branch 'y', and had announced branch 'x'/)
  assert.match(
    message({}, { ...shown, commit: OTHER_COMMIT }) ?? '',
    /it went back to commit 1a2b\S+, and had announced fff/,
  )
  assert.match(message({}, { ...shown, flags: ['docs'] }) ?? '', /other flags than announced/)
})

test('a run without an outcome is unknown', () => {
  const { error } = judge(good.slice(0, -1))
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
    for (const event of told) verdict.take(event)
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
    {
      code: 'SHIPIT_STEP_FAILED',
      exit: 1,
      message:
        /^step 'rsync src' failed with status 23 on 'web1': the target of rsync src may be partly updated; apachectl restart did not run$/,
    },
  ],
  'timed-out': [
    failed,
    { outcome: 'timed-out', exit: 1, ...inRsync, status: 124, limitSeconds: 600 },
    {
      code: 'SHIPIT_STEP_FAILED',
      exit: 1,
      message:
        /^step 'rsync src' ran out of time \(600 s\) on 'web1': the target of rsync src may be partly updated; apachectl restart did not run$/,
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
      message: /^the repository of 'web1' has no branch 'x'/,
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
      const { error } = judge([...events, outcome(changes)])
      assert.equal(error?.code, code)
      assert.equal(error?.exitCode, exit)
      assert.match(error?.message ?? '', message)
      assert.ok((error?.suggestions.length ?? 0) > 0 || name === 'cancelled')
    })

    test(`${name}, and not believed to be, when something else is wrong`, () => {
      const { error } = judge([...events.slice(1), outcome(changes)])
      assert.equal(error?.code, 'SHIPIT_UNKNOWN_VERDICT')
    })
  }

  test('told to be deployed again as it was, also by who only found it', () => {
    const told = [runEvent({ flags: ['bad', 'colour=red'], commit: COMMIT }), ...failed.slice(1)]
    const { run, app } = REQUEST
    const verdict = new HostVerdict({ host: 'web1', request: { verb: 'attach', run, app } })
    for (const event of [...told, outcome({ outcome: 'failed', exit: 1, ...inRsync, status: 23 })])
      verdict.take(event)
    assert.equal(
      verdict.end().error?.suggestions[0],
      `Fix the cause and deploy again: shipit deploy --branch x --commit ${COMMIT.slice(0, 12)} --bad --colour red`,
    )
  })

  test('said to have left alone what is live only if no step had begun that touches it', () => {
    const early = [
      runEvent(),
      started(1),
      ended(1, 1),
      outcome({ outcome: 'failed', exit: 1, step: 'git', status: 1 }),
    ]
    assert.match(judge(early).error?.suggestions[0] ?? '', /^Nothing live was changed/)
    // number 1 would make it look as if only the first step had run
    const late = [...failed, outcome({ outcome: 'failed', exit: 1, number: 1, step: 'git', status: 1 })]
    assert.match(
      judge(late).error?.suggestions[0] ?? '',
      /^Fix the cause and deploy again: shipit deploy --branch [a-z]+$/,
    )
  })
})
