import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBad, joinStates, type ReportState } from '../../../src/ui/report/join-states.ts'

test('a run is what its worst host is, and what all have in common only if they have', () => {
  const cases: readonly [states: ReportState[], run: ReportState][] = [
    [['succeeded', 'succeeded'], 'succeeded'],
    [['succeeded', 'failed', 'cancelled'], 'failed'],
    [['failed', 'interrupted', 'timed-out'], 'interrupted'],
    [['succeeded', 'cancelled'], 'cancelled'],
    [['succeeded', 'unknown'], 'unknown'],
    [['succeeded', 'running'], 'running'],
    [['succeeded', 'superseded'], 'mixed'],
    [['superseded'], 'superseded'],
    [[], 'unknown'],
  ]
  for (const [states, run] of cases) assert.equal(joinStates(states), run, states.join())
})

test('bad is what somebody had to put right', () => {
  assert.deepEqual(
    (
      ['failed', 'timed-out', 'interrupted', 'succeeded', 'cancelled', 'superseded', 'unknown'] as const
    ).filter(isBad),
    ['failed', 'timed-out', 'interrupted'],
  )
})
