import assert from 'node:assert/strict'
import { test } from 'node:test'
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

type Live = RollbackView['live'][number]

function format(changes: Partial<Live> = {}, more: Partial<RollbackView> = {}): string[] {
  const live: Live = {
    hosts: ['web1'],
    live: { commit: COMMIT, ref: run.ref, run: RUN, how: 'complete' },
    run,
    commits: { lines: ['1a2b3c4 second', '2b3c4d5 \x1b[2Jfirst'], more: 0 },
    ...changes,
  }
  return formatRollback({
    live: [live],
    target: { ...run, run: BEFORE, user: 'bob', time: '2026-11-21T12:00:00Z' },
    commit: OLD,
    now: new Date('2026-11-22T12:05:00Z'),
    ...more,
  })
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
  assert.match(format({ commits: undefined }).at(-2) ?? '', /this checkout does not have both; git fetch/)
  assert.match(format({ commits: { lines: [], more: 0 } }).at(-2) ?? '', /no commit goes away$/)
})

test('the same commit is said to be the same, and with which flags', () => {
  const same = format({}, { commit: COMMIT })
  assert.match(same[1] ?? '', /the same commit is live already: only the steps run again; .*--to ID$/)
  assert.equal(same.length, 3)
  const docs = format({ run: { ...run, flags: ['docs', 'colour=red'] } }, { commit: COMMIT })
  assert.match(docs[0] ?? '', /branch 'x' --docs --colour red, by alice/)
  assert.match(docs[1] ?? '', /the same commit is live already, with other flags/)
})

test('hosts where something else is live are told apart, and what is live only partly is said to be so', () => {
  const partial = { commit: OLD, ref: run.ref, run: BEFORE, how: 'partial' } as const
  const lines = format(
    {},
    {
      live: [
        { hosts: ['web1', 'web2'], live: partial, run: undefined, commits: undefined },
        { hosts: ['web3'], live: undefined, run: undefined, commits: undefined },
      ],
    },
  )
  assert.match(
    lines[0] ?? '',
    /^live {5}run \S+ {2}ffffffffffff {2}branch 'x', only partly {2}on web\[1-2\]$/,
  )
  assert.ok(lines.includes('live     nothing  on web3'))
})
