import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cutHistories } from '../../../src/cli/report/cut-histories.ts'
import { gatherHistory } from '../../../src/cli/report/gather-history.ts'
import type { CheckedConfig } from '../../../src/config/checked-config.ts'
import type { HostHistory } from '../../../src/operations/ask/history-entry.ts'
import { mergeHistories } from '../../../src/operations/ask/merge-histories.ts'
import type { HistoryEntry } from '../../../src/results/host-answer.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.now()
const config = { file: join(tmpdir(), 'no-checkout/deploy.config.ts') } as CheckedConfig
const about = { app: 'shop', environment: 'production', version: '0.1.0', config }

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+/, '')

/** A host with a good run each `days`, newest first. */
function historyOf(host: string, { count, days }: { count: number; days: number }): HostHistory {
  const entries = Array.from({ length: count }, (_, index): HistoryEntry => {
    const time = iso(NOW_MS - (index + 1) * days * DAY_MS)
    const run = `${time.replace(/[-:]/g, '')}-${host.padEnd(16, '0').replace(/[^0-9a-f]/g, '0')}`
    const ref = { kind: 'branch', name: 'main' } as const
    return {
      run: { ...{ event: 'run', time, run, user: 'alice', app: 'shop' }, ref, flags: [], digest: 'unasked' },
      hosts: [{ host, outcome: { event: 'outcome', time, run, outcome: 'succeeded', exit: 0, ms: 1 } }],
    }
  })
  return { host, entries, good: new Set(), bad: new Set() }
}

test('a history that is cut off begins where all hosts have told their runs', async () => {
  // web1 was deployed to each day, and tells of 28 days; web2 each week, and tells of all
  const hosts = [historyOf('web1', { count: 28, days: 1 }), historyOf('web2', { count: 20, days: 7 })]
  const history = { entries: mergeHistories(hosts, NOW_MS), hosts, errors: [] }
  const cut = cutHistories(hosts, { limit: 28 })
  assert.deepEqual(
    cut.map(({ host }) => host),
    ['web1'],
  )
  const report = await gatherHistory(history, { ...about, cut })
  assert.deepEqual([report.since, report.cut], [iso(NOW_MS - 28 * DAY_MS), ['web1']])
  assert.equal(report.runs.length, 28 + 4)
  assert.equal(report.keys.deploysAWeek?.toFixed(2), '8.00')
  const whole = await gatherHistory(history, { ...about, cut: [] })
  assert.deepEqual([whole.since, whole.cut, whole.runs.length], [undefined, undefined, 48])
})

test('a history is cut off only where older runs are wanted', () => {
  const hosts = [historyOf('web1', { count: 28, days: 1 })]
  assert.equal(cutHistories(hosts, { limit: 29 }).length, 0)
  assert.equal(cutHistories(hosts, { limit: 28, since: iso(NOW_MS - 20 * DAY_MS) }).length, 0)
  assert.equal(cutHistories(hosts, { limit: 28, since: iso(NOW_MS - 40 * DAY_MS) }).length, 1)
})
