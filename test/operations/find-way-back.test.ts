import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HistoryEntry } from '../../src/operations/ask-history.ts'
import { findWayBack } from '../../src/operations/find-way-back.ts'
import type { OutcomeName } from '../../src/protocol/event.ts'

const time = '2026-11-22T12:00:00Z'

/** A run, by its letter; a rollback says where it went and from where. */
function entry(
  run: string,
  outcome: OutcomeName | undefined,
  way: { to?: string; from?: string } = {},
): HistoryEntry {
  const ref = { kind: 'branch', name: 'master' } as const
  return {
    run: {
      event: 'run',
      time,
      run,
      user: 'alice',
      app: 'codebase',
      ref,
      flags: [],
      digest: 'unasked',
      ...way,
    },
    hosts: [
      {
        host: 'web1',
        ...(outcome
          ? { outcome: { event: 'outcome', time, run, outcome, exit: outcome === 'succeeded' ? 0 : 1 } }
          : {}),
      },
    ],
  }
}

/** @param oldestFirst as it happened */
function wayBack(...oldestFirst: HistoryEntry[]): string | undefined {
  return findWayBack(oldestFirst.toReversed(), oldestFirst.at(-1)?.run.run)?.run
}

describe('the way back', () => {
  const good = ['a', 'b'].map((run) => entry(run, 'succeeded'))
  const bad = entry('c', 'failed')
  const again = [...good, bad, entry('d', 'succeeded'), entry('e', 'failed')]

  it('is the newest good run before what is live, each time one further', () => {
    assert.equal(wayBack(...again), 'd')
    const first = entry('f', 'succeeded', { to: 'd', from: 'e' })
    assert.equal(wayBack(...again, first), 'b')
    const second = entry('g', 'succeeded', { to: 'b', from: 'f' })
    assert.equal(wayBack(...again, first, second), 'a')
    assert.equal(wayBack(...again, first, second, entry('h', 'succeeded', { to: 'a', from: 'g' })), undefined)
  })

  it('does not count a rollback that failed as one, nor what it was to leave as good, until something succeeds', () => {
    const failed = entry('c', 'failed', { to: 'a', from: 'b' })
    assert.equal(wayBack(...good, failed), 'a')
    assert.equal(wayBack(...good, failed, entry('d', 'failed', { to: 'a', from: 'c' })), 'a')
    assert.equal(wayBack(...good, failed, entry('d', 'failed')), 'a')
    assert.equal(wayBack(...good, failed, entry('d', 'succeeded', { to: 'a', from: 'c' })), undefined)
    assert.equal(wayBack(...good, failed, entry('d', 'succeeded'), entry('e', 'failed')), 'd')
  })

  it('does not count a run that goes on, and leaves what was gone back to itself good', () => {
    assert.equal(wayBack(...good, entry('c', undefined)), 'b')
    assert.equal(wayBack(...good, entry('c', 'succeeded', { to: 'b', from: 'b' }), entry('d', 'failed')), 'c')
  })

  it('is not known where nothing is live, or what is live was forgotten', () => {
    assert.equal(findWayBack(good, undefined), undefined)
    assert.equal(findWayBack(good, 'x'), undefined)
  })
})
