import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Event } from '../../../src/protocol/event.ts'
import { judge } from '../support/judge-run.ts'
import { commit, goodRun } from '../support/scripted-run.ts'
import { OTHER_RUN } from '../support/wrong-runs.ts'

const OTHER_COMMIT = 'f'.repeat(40)
const good = goodRun()

describe('whatever a host tells', () => {
  /** An event with something changed in it; the host's clock and how long it took may be anything. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.constantFrom(
        ...([
          { number: 2 },
          { name: 'git' },
          { status: 1 },
          { run: OTHER_RUN },
          { exit: 1 },
          { outcome: 'failed' },
          { flags: ['docs'] },
          { steps: [] },
          { app: 'other' },
        ] as object[]),
      ),
    )
    // what is no field of an event does not come from the wire
    .map(([event, change]) =>
      Object.keys(change).every((key) => key in event) ? ({ ...event, ...change } as Event) : event,
    )
  const anyEvent = fc.oneof(fc.constantFrom(...good, commit(OTHER_COMMIT)), mutated)
  const edit = fc.oneof(
    fc.record({ kind: fc.constant('drop' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.nat(20), with: fc.nat(20) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(20), event: anyEvent }),
    fc.record({ kind: fc.constant('replace' as const), at: fc.nat(20), event: anyEvent }),
  )

  function apply(
    told: Event[],
    change: typeof edit extends fc.Arbitrary<infer Value> ? Value : never,
  ): Event[] {
    const place = told.length === 0 ? 0 : change.at % told.length
    const here = told[place]
    if (!here) return told
    switch (change.kind) {
      case 'drop':
        return told.toSpliced(place, 1)
      case 'swap': {
        const other = change.with % told.length
        return told.with(place, told[other] as Event).with(other, here)
      }
      case 'insert':
        return told.toSpliced(place, 0, change.event)
      case 'replace':
        return told.with(place, change.event)
    }
  }

  /** What makes a good run, but for commit ids, which nobody asked for. */
  const essence = (told: readonly Event[]) =>
    JSON.stringify(told.map((event) => (event.event === 'commit' ? { event: 'commit' } : event)))

  test('no sequence but the good one is deployed', () => {
    const expected = essence(good)
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const told = edits.reduce(apply, good)
        if (judge(told).error === undefined) assert.equal(essence(told), expected)
      }),
      { numRuns: 5000 },
    )
  })

  test('no mixture of events is deployed but the good run', () => {
    const expected = essence(good)
    fc.assert(
      fc.property(fc.shuffledSubarray([...good, ...good], { minLength: 5 }), (told) => {
        if (judge(told).error === undefined) assert.equal(essence(told), expected)
      }),
      { numRuns: 2000 },
    )
  })
})
