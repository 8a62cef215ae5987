import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OutcomeName } from '../../../src/protocol/event.ts'
import type { HistoryEntry, HostResult } from '../../../src/results/host-answer.ts'
import { fourKeys, median, reportRuns, weeksOf } from '../../../src/ui/report/four-keys.ts'

const HOUR_MS = 3_600_000
const commit = 'a'.repeat(40)

/** A run that began at that hour of 2026-11-02, a Monday, and took six minutes. */
function run(
  hour: number,
  outcome: OutcomeName | undefined,
  more: { to?: string; left?: true; host?: string } = {},
): HistoryEntry {
  const { to, left, host = 'web1' } = more
  const at = Date.parse('2026-11-02T00:00:00Z') + hour * HOUR_MS
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000', '')
  const id = `${iso(at).replace(/[-:]/g, '')}-${'0'.repeat(16)}`
  const end = { event: 'outcome', time: iso(at + 360_000), run: id, exit: 0, commit, ms: 360_000 } as const
  const result: HostResult = {
    host,
    ...(outcome ? { outcome: { ...end, outcome } } : {}),
    ...(left ? { left } : {}),
  }
  return {
    run: {
      ...{ event: 'run', time: iso(at), run: id, user: 'alice', app: 'shop' },
      ...{ ref: { kind: 'branch', name: 'main' }, flags: [], digest: 'unasked' },
      ...(to === undefined ? {} : { to }),
    },
    hosts: [result],
  }
}

function keysOf(...entries: HistoryEntry[]) {
  const runs = reportRuns(entries.toReversed(), new Map([[commit, Date.parse('2026-11-01T23:00:00Z')]]))
  const [sinceMs, nowMs] = [Date.parse('2026-11-02T00:00:00Z'), Date.parse('2026-11-16T00:00:00Z')]
  return { runs, keys: fourKeys(runs, { sinceMs, nowMs }), weeks: weeksOf(runs, nowMs) }
}

describe('the four keys', () => {
  test('count deploys a week, and the time from commit to live', () => {
    const { keys } = keysOf(run(1, 'succeeded'), run(2, 'succeeded'), run(3, 'succeeded'), run(4, 'failed'))
    assert.equal(keys.deploysAWeek, 1.5)
    assert.equal(keys.leadMs, 3 * HOUR_MS + 360_000)
  })

  test('count as failed what failed, or was rolled back, and neither rollbacks nor what was cancelled', () => {
    const { keys } = keysOf(
      ...[run(1, 'succeeded'), run(2, 'failed'), run(3, 'timed-out'), run(4, 'succeeded', { left: true })],
      ...[run(5, 'succeeded', { to: 'x' }), run(6, 'cancelled'), run(7, 'superseded'), run(8, undefined)],
    )
    assert.deepEqual(keys.failed, { count: 3, of: 4 })
  })

  test('measure recovery to the next success, a rollback too', () => {
    const { runs, keys } = keysOf(
      ...[run(1, 'failed'), run(3, 'failed'), run(5, 'succeeded', { to: 'x' }), run(6, 'failed')],
    )
    assert.deepEqual(
      runs.map(({ recoveryMs }) => recoveryMs),
      [4 * HOUR_MS, 2 * HOUR_MS, undefined, undefined],
    )
    assert.equal(keys.recoveryMs, 3 * HOUR_MS)
  })

  test('take a run as bad if any host has failed, and hosts that differ about it as one run', () => {
    const good = run(1, 'succeeded')
    const { runs } = keysOf({ ...good, hosts: [...good.hosts, ...run(1, 'failed', { host: 'web2' }).hosts] })
    assert.deepEqual([runs[0]?.state, runs[0]?.hosts], ['failed', 2])
    const apart = keysOf(good, { ...run(1, 'failed', { host: 'web2' }) })
    assert.deepEqual(
      apart.runs.map(({ state, hosts }) => [state, hosts]),
      [['failed', 2]],
    )
  })

  test('say nothing of what is not known', () => {
    assert.deepEqual(keysOf().keys, { failed: { count: 0, of: 0 } })
    assert.deepEqual(keysOf().weeks, [])
    const [early] = reportRuns([run(1, 'succeeded')], new Map([[commit, Date.parse('2027-01-01T00:00:00Z')]]))
    assert.equal(early?.leadMs, undefined)
  })
})

test('weeks begin on Monday, without a gap, and without rollbacks', () => {
  const { weeks } = keysOf(
    ...[run(0, 'succeeded'), run(1, 'failed'), run(2, 'cancelled'), run(3, 'succeeded', { to: 'x' })],
  )
  assert.deepEqual(weeks, [
    { monday: '2026-11-02', good: 1, bad: 1, other: 1 },
    { monday: '2026-11-09', good: 0, bad: 0, other: 0 },
    { monday: '2026-11-16', good: 0, bad: 0, other: 0 },
  ])
  assert.equal(keysOf(run(-1, 'succeeded')).weeks[0]?.monday, '2026-10-26')
})

test('the median is the middle one, or between the two', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(median([]), undefined)
})
