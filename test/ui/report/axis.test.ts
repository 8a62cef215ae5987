import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationTicks, longWords, powerTicks, tickWords, timeTicks } from '../../../src/ui/report/axis.ts'

const DAY = 86_400_000

test('ticks of durations are round, few, and reach to the longest', () => {
  assert.deepEqual(durationTicks(47_000).map(tickWords), ['0', '10 s', '20 s', '30 s', '40 s', '50 s'])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 * DAY }), (longest) => {
      const ticks = durationTicks(longest)
      assert.ok(ticks.length <= 9 && (ticks.at(-1) ?? 0) >= longest)
    }),
  )
})

test('ticks of powers hold what is shown between them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 * DAY }),
      fc.integer({ min: 0, max: 900 * DAY }),
      (low, more) => {
        const ticks = powerTicks(low, low + more)
        assert.ok(ticks.length >= 2)
        assert.ok((ticks[0] ?? 0) <= Math.max(100, low) && (ticks.at(-1) ?? 0) >= low + more)
      },
    ),
  )
})

test('moments are round, few, and within the time', () => {
  const words = (from: string, to: string) =>
    timeTicks(Date.parse(from), Date.parse(to)).map((each) => each.words)
  assert.deepEqual(words('2026-11-28T22:10:00Z', '2026-11-29T03:30:00Z'), [
    ...['2026-11-28 23:00', '2026-11-29 00:00', '01:00', '02:00', '03:00'],
  ])
  assert.deepEqual(words('2026-11-01T10:00:00Z', '2026-11-04T00:00:00Z'), [
    ...['2026-11-01 12:00', '2026-11-02 00:00', '12:00', '2026-11-03 00:00', '12:00', '2026-11-04 00:00'],
  ])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 2000 * DAY }), (from, more) => {
      const ticks = timeTicks(from, from + more)
      assert.ok(ticks.length <= 9 && ticks.every(({ at }) => at >= from && at <= from + more))
    }),
  )
})

test('long durations are told in days', () => {
  assert.equal(longWords(90_000), '1 min 30 s')
  assert.equal(longWords(3 * DAY), '3.0 days')
  assert.equal(longWords(40 * DAY), '40 days')
  assert.equal(tickWords(75_000), '1:15 min')
  assert.equal(tickWords(30 * DAY), '30 d')
})
