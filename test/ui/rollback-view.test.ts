import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRollback, type RollbackPlan } from '../../src/ui/rollback-view.ts'
import { COMMIT, RUN } from './recorded.ts'

const BEFORE = '20261121T120000Z-0123456789abcdef'
const OLD = 'f'.repeat(40)
const run = {
  event: 'run',
  time: '2026-11-22T12:00:00Z',
  run: RUN,
  user: 'alice',
  app: 'codebase',
  ref: { kind: 'branch', name: 'x' },
  flags: [],
  digest: 'unasked',
} as const

function format(changes: Partial<RollbackPlan>): string[] {
  return formatRollback({
    live: { commit: COMMIT, ref: run.ref, run: RUN, how: 'complete' },
    liveRun: run,
    target: { ...run, run: BEFORE, user: 'bob', time: '2026-11-21T12:00:00Z' },
    commit: OLD,
    commits: { lines: ['1a2b3c4 second', '2b3c4d5 \x1b[2Jfirst'], more: 0 },
    now: new Date('2026-11-22T12:05:00Z'),
    ...changes,
  })
}

test('what is live, where it goes and the commits that go away are said, and nothing moves the cursor', () => {
  assert.deepEqual(format({}), [
    `live     run ${RUN}  1a2b3c4d5e6f  branch 'x', by alice, 5 minutes ago (2026-11-22 12:00:00 UTC)`,
    `back to  run ${BEFORE}  ffffffffffff  branch 'x', by bob, 1 day ago (2026-11-21 12:00:00 UTC)`,
    'these commits go away:',
    '  1a2b3c4 second',
    '  2b3c4d5 first',
  ])
})

test('more commits than are shown are counted, and those that are not known are said to be so', () => {
  assert.equal(format({ commits: { lines: ['1a2b3c4 second'], more: 7 } }).at(-1), '  … and 7 more')
  assert.match(format({ commits: undefined }).at(-1) ?? '', /this checkout does not have both; git fetch/)
  assert.equal(format({ commits: { lines: [], more: 0 } }).at(-1), 'no commit goes away')
})

test('the same commit is said first', () => {
  const lines = format({ commit: COMMIT })
  assert.match(lines[0] ?? '', /^the same commit is live already: only the steps run again; .*--to ID$/)
  assert.equal(lines.length, 3)
})
