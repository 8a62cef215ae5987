import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HistoryEntry } from '../../src/operations/ask-history.ts'
import { checkWayBack, type WayBack } from '../../src/operations/check-way-back.ts'
import type { OutcomeEvent } from '../../src/protocol/event.ts'

const time = '2026-11-22T12:00:00Z'
const ref = { kind: 'branch', name: 'master' } as const

function target(host: string): WayBack['targets'][number] {
  return { host, environment: 'production', user: 'alice', open: () => Promise.reject(new Error('asked')) }
}

function entry(
  run: string,
  outcome: Partial<OutcomeEvent> | 'running',
  { from, hosts = ['web1'] }: { from?: string; hosts?: string[] } = {},
): HistoryEntry {
  const ended = { event: 'outcome', time, run, outcome: 'succeeded', exit: 0 } as const
  const result = outcome === 'running' ? { running: true } : { outcome: { ...ended, ...outcome } }
  const about = { event: 'run', time, run, user: 'alice', app: 'codebase', ref, flags: [] } as const
  return {
    run: { ...about, digest: 'unasked', ...(from === undefined ? {} : { from }) },
    hosts: hosts.map((host) => ({ host, ...result })),
  }
}

/** What is said of going back to a run. */
function said(to: string | undefined, entries: HistoryEntry[], changes: Partial<WayBack> = {}): string {
  const live = { commit: '-', ref, run: 'c', how: 'complete' } as const
  const found = entries.find(({ run }) => run.run === to)
  try {
    checkWayBack({ targets: [target('web1')], entries, live, to, entry: found, ...changes })
    return 'good'
  } catch (error) {
    const { exitCode, message } = error as { exitCode: number; message: string }
    return `${exitCode} ${message}`
  }
}

describe('a run that is named', () => {
  it('is good when it succeeded', () => {
    assert.equal(said('a', [entry('c', {}), entry('a', {})]), 'good')
  })

  it('is not when it failed, goes on or is not there, and each is said', () => {
    const fate = (outcome: Partial<OutcomeEvent> | 'running') => said('a', [entry('a', outcome)])
    assert.equal(fate({ outcome: 'failed', step: 'git' }), '66 run a failed in git')
    assert.equal(fate({ outcome: 'timed-out', step: 'make' }), '66 run a ran out of time in make')
    assert.equal(fate({ outcome: 'cancelled' }), '66 run a was cancelled')
    assert.equal(fate('running'), '66 run a goes on')
    assert.equal(said('b', [entry('a', {})]), '66 there is no run b on web1')
  })

  it('is not when it was rolled back from, unless only elsewhere, or the rollback failed', () => {
    assert.equal(said('b', [entry('r', {}, { from: 'b' }), entry('b', {})]), '66 run b was rolled back from')
    assert.equal(said('b', [entry('r', { outcome: 'failed' }, { from: 'b' }), entry('b', {})]), 'good')
    const both = { hosts: ['web1', 'web2'] }
    const targets = both.hosts.map(target)
    assert.equal(said('b', [entry('r', {}, { from: 'b' }), entry('b', {}, both)], { targets }), 'good')
  })
})

describe('without a name', () => {
  it('a host without a good run before what is live is told', () => {
    assert.equal(said(undefined, [entry('c', {})]), '66 there is no good run on web1 before what is live')
    assert.equal(said(undefined, []), '66 nothing was deployed on web1 yet')
  })

  it('several hosts decide for themselves', () => {
    const targets = [target('web1'), target('web2')]
    assert.equal(said(undefined, [entry('c', {})], { targets }), 'good')
  })
})
