import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { formatChoice } from '../../../src/ui/views/run-choice.ts'
import { RUN } from '../support/recorded.ts'

const style = chooseStyle(process.stderr, { NO_COLOR: '1' })

test('runs to pick one of stand in columns: number, id, ref, who, when, hosts and how it went', () => {
  const time = '2026-11-22T12:00:00Z'
  const ref = { kind: 'branch', name: 'x' } as const
  const about = { event: 'run', time, run: RUN, user: 'alice', app: 'codebase', ref, flags: [] } as const
  const run = { ...about, digest: 'unasked' }
  const outcome = { event: 'outcome', time, run: RUN, outcome: 'failed', exit: 1 } as const
  const rows = [
    { run, hosts: [{ host: 'web1', running: true }] },
    {
      run: { ...run, user: 'bo', ref: { kind: 'tag', name: 'v1.2.0' } as const },
      hosts: [{ host: 'web1', outcome }, { host: 'web2' }],
    },
  ]
  assert.deepEqual(formatChoice(rows, new Date('2026-11-22T12:05:00Z'), style), [
    'More than one run is in progress. The newest are:',
    '#  run      what          by     started        hosts     outcome',
    "1  0123456  branch 'x'    alice  5 minutes ago  web1      running",
    "2  0123456  tag 'v1.2.0'  bo     5 minutes ago  web[1-2]  failed, no outcome",
  ])
  assert.equal(formatChoice(rows.slice(1), new Date(), style)[0], 'No run is in progress. The newest are:')
})
