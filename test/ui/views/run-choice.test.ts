import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatChoice } from '../../../src/ui/views/run-choice.ts'
import { RUN } from '../support/recorded.ts'

test('runs to pick one of have a number, an id, a ref, who, when and how it went', () => {
  const time = '2026-11-22T12:00:00Z'
  const ref = { kind: 'branch', name: 'x' } as const
  const about = { event: 'run', time, run: RUN, user: 'alice', app: 'codebase', ref, flags: [] } as const
  const run = { ...about, digest: 'unasked' }
  const outcome = { event: 'outcome', time, run: RUN, outcome: 'failed', exit: 1 } as const
  const rows = [
    { run, hosts: [{ host: 'web1', running: true }] },
    { run, hosts: [{ host: 'web1', outcome }, { host: 'web2' }] },
  ]
  const when = '5 minutes ago'
  assert.deepEqual(formatChoice(rows, new Date('2026-11-22T12:05:00Z')), [
    'More than one run is in progress. The newest are:',
    `1  ${RUN}  branch 'x'  by alice  ${when}  running (web1)`,
    `2  ${RUN}  branch 'x'  by alice  ${when}  failed, no outcome (web[1-2])`,
  ])
  assert.equal(formatChoice(rows.slice(1), new Date())[0], 'No run is in progress. The newest are:')
})
