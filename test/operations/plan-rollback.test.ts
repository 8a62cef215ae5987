import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import type { HistoryEntry, HostHistory } from '../../src/operations/ask-history.ts'
import { planRollback } from '../../src/operations/plan-rollback.ts'
import type { EventOf, OutcomeEvent } from '../../src/protocol/event.ts'

const time = '2026-11-22T12:00:00Z'
const ref = { kind: 'branch', name: 'master' } as const

function target(host: string) {
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
    run: { ...about, digest: 'unasked', ...(from === undefined ? {} : { from, to: 'x' }) },
    hosts: hosts.map((host) => ({ host, ...result, ...(from === undefined ? {} : { from }) })),
  }
}

type Changes = {
  hosts?: string[]
  live?: Record<string, string>
  status?: Partial<EventOf<'status'>>
  digest?: string
}

/** Where it goes, or why not; `live` says what is live on a host: 'c' if not given. */
function said(to: string | undefined, entries: HistoryEntry[], changes: Changes = {}): string {
  const { hosts: names = ['web1'], live = {}, status, digest = 'd' } = changes
  const hosts = names.map(
    (host): HostHistory => ({
      host,
      entries: entries.filter(({ hosts: on }) => on.some((each) => each.host === host)),
      digest,
      status: {
        event: 'status',
        time,
        lock: 'free',
        live: { commit: '-', ref, run: live[host] ?? 'c', how: 'complete' },
        ...status,
      },
    }),
  )
  const wish = { app: 'codebase', targets: names.map(target), digest: 'd', to }
  try {
    return planRollback(wish, { entries, hosts, errors: [] }).target?.run.run ?? 'the host decides'
  } catch (error) {
    const { exitCode, message } = error as { exitCode: number; message: string }
    return `${exitCode} ${message}`
  }
}

describe('a run that is named', () => {
  it('is good when it succeeded', () => {
    assert.equal(said('a', [entry('c', {}), entry('a', {})]), 'a')
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
    assert.equal(said('b', [entry('r', { outcome: 'failed' }, { from: 'b' }), entry('b', {})]), 'b')
    const both = { hosts: ['web1', 'web2'] }
    assert.equal(said('b', [entry('r', {}, { from: 'b' }), entry('b', {}, both)], both), 'b')
  })
})

describe('without a name', () => {
  const both = { hosts: ['web1', 'web2'] }

  it('a host without a good run before what is live is told', () => {
    assert.equal(said(undefined, [entry('c', {})]), '66 there is no good run on web1 before what is live')
    assert.equal(said(undefined, []), '66 nothing was deployed on web1 yet')
  })

  it('all hosts go back to the one run that each would choose', () => {
    assert.equal(
      said(undefined, [entry('c', {}, both), entry('b', {}, both), entry('a', {}, both)], both),
      'b',
    )
  })

  it('hosts that would choose other runs are not sent to different ones', () => {
    const entries = [entry('c', {}, both), entry('b', {}, both), entry('a', {}, both)]
    const differ = said(undefined, entries, { ...both, live: { web2: 'b' } })
    assert.match(
      differ,
      /^2 the hosts differ, say where to go: web1 is at run c, .* run b; web2 is at run b, .* run a$/,
    )
    assert.equal(said('a', entries, { ...both, live: { web2: 'b' } }), 'a')
  })

  it('a host decides where its history tells too little', () => {
    assert.equal(said(undefined, [entry('b', {})]), 'the host decides')
  })
})

test('what a host would refuse it with is said before anybody is asked', () => {
  const entries = [entry('c', {}), entry('a', {})]
  const holder = { run: 'r', user: 'bob', ref, seconds: 3 }
  assert.match(said('a', entries, { status: { lock: 'held', holder } }), /^75 .* is locked: bob is deploying/)
  assert.match(said('a', entries, { status: { lock: 'busy', holder } }), /^75 processes of an earlier run/)
  const freeze = { user: 'bob', reason: 'a_move', seconds: 9 }
  assert.match(said('a', entries, { status: { freeze } }), /^75 .* is frozen by bob/)
  assert.match(said('a', entries, { digest: 'other' }), /^78 /)
})
