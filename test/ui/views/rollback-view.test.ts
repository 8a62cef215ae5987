import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hintLines } from '../../../src/ui/output/print-lines.ts'
import { formatRollback, type RollbackView } from '../../../src/ui/views/rollback-view.ts'
import { COMMIT, RUN } from '../support/recorded.ts'

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

type Way = RollbackView['ways'][number]

function format(...changes: Partial<Way>[]): string[] {
  const way: Way = {
    hosts: ['web1'],
    live: { commit: COMMIT, ref: run.ref, run: RUN, how: 'complete' },
    liveRun: run,
    target: { ...run, run: BEFORE, user: 'bob', time: '2026-11-21T12:00:00Z' },
    commit: OLD,
    commits: { lines: ['1a2b3c4 second', '2b3c4d5 \x1b[2Jfirst'], more: 0 },
  }
  const ways = (changes.length === 0 ? [{}] : changes).map((change) => ({ ...way, ...change }))
  return formatRollback({ to: BEFORE, ways, now: new Date('2026-11-22T12:05:00Z') })
}

test('what is live, where it goes and the commits that go away are said, and nothing moves the cursor', () => {
  assert.deepEqual(format(), [
    `live     run ${RUN}  1a2b3c4d5e6f  branch 'x', by alice, 5 minutes ago (2026-11-22 12:00:00 UTC)`,
    '         these commits go away:',
    '           1a2b3c4 second',
    '           2b3c4d5 first',
    `back to  run ${BEFORE}  ffffffffffff  branch 'x', by bob, 1 day ago (2026-11-21 12:00:00 UTC)`,
  ])
})

test('more commits than are shown are counted, and those that are not known are said to be so', () => {
  assert.match(format({ commits: { lines: ['1a2b3c4 second'], more: 7 } }).at(-2) ?? '', /… and 7 more$/)
  assert.deepEqual(format({ commits: undefined }).slice(1, -1), [
    '         unknown which commits go away: this checkout does not have both',
    `         ${hintLines(['To fetch them: git fetch'], process.stderr)[0]}`,
  ])
  assert.match(format({ commits: { lines: [], more: 0 } }).at(-2) ?? '', /no commit goes away$/)
})

test('the same commit is said to be the same, and with which flags', () => {
  const same = format({ commit: COMMIT })
  assert.match(same[1] ?? '', /the same commit is already live: only the steps run again; .*--to ID$/)
  assert.equal(same.length, 3)
  const docs = format({ liveRun: { ...run, flags: ['docs', 'colour=red'] }, commit: COMMIT })
  assert.match(docs[0] ?? '', /branch 'x' --docs --colour red, by alice/)
  assert.match(docs[1] ?? '', /the same commit is already live, with other flags/)
})

test('hosts where something else is live are told apart, and what is live only partly is said to be so', () => {
  const partial = { commit: OLD, ref: run.ref, run: BEFORE, how: 'partial' } as const
  const lines = format(
    { hosts: ['web1', 'web2'], live: partial, liveRun: undefined, commits: undefined },
    { hosts: ['web3'], live: undefined, liveRun: undefined, commits: undefined },
  )
  assert.match(lines[0] ?? '', /^live {5}run \S+ {2}ffffffffffff {2}branch 'x', only partly on web\[1-2\]$/)
  assert.ok(lines.includes('live     nothing on web3'))
})

test('where hosts differ about the run that is gone back to, each has its own word, and no other one', () => {
  const target = { ...run, run: BEFORE, time: '2026-11-21T12:00:00Z' }
  const lines = format(
    { target: { ...target, user: 'bob', ref: { kind: 'branch', name: 'master' } }, commit: COMMIT },
    { hosts: ['web2'], target, commit: OLD },
    { hosts: ['web3'], target: undefined, commit: undefined, commits: undefined },
  )
  assert.deepEqual(
    lines.filter((line) => line.startsWith('back to')),
    [
      `back to  run ${BEFORE}  1a2b3c4d5e6f  branch 'master', by bob, 1 day ago (2026-11-21 12:00:00 UTC)  on web1`,
      `back to  run ${BEFORE}  ffffffffffff  branch 'x', by alice, 1 day ago (2026-11-21 12:00:00 UTC)  on web2`,
      `back to  run ${BEFORE}  no commit known, which is no longer in the history  on web3`,
    ],
  )
  assert.match(lines[1] ?? '', /the same commit is already live/)
  assert.match(lines[3] ?? '', /these commits go away/)
})

test('commits that this checkout lacks for all hosts are said to be unknown once', () => {
  const unknown = { commits: undefined }
  const lines = format({ ...unknown, hosts: ['web1'] }, { ...unknown, hosts: ['web2', 'web3'] })
  assert.equal(lines.filter((line) => line.includes('unknown which commits')).length, 1)
  const some = format({ hosts: ['web1'] }, { ...unknown, hosts: ['web2'] })
  assert.match(some.at(-3) ?? '', /unknown which commits/)
  assert.match(some.at(-4) ?? '', / on web2$/)
})
