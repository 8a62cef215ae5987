import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import type { ShipitError } from '../../../src/errors.ts'
import type { HostHistory } from '../../../src/operations/ask/history-entry.ts'
import { planRollback } from '../../../src/operations/ask/way-back.ts'
import type { EventOf, OutcomeEvent } from '../../../src/protocol/event.ts'
import type { HistoryEntry } from '../../../src/results/host-answer.ts'

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

type Status = Partial<EventOf<'status'>> & { good?: string[]; bad?: string[] }
type Changes = { status?: Status; digest?: string; others?: Record<string, Status> }

/** Where it goes, or why not. `status` is what web1 says, `others` what more hosts do. */
function said(to: string | undefined, entries: HistoryEntry[], changes: Changes = {}): string {
  const { status = {}, digest = 'd', others = {} } = changes
  const states = { web1: status, ...others }
  const hosts = Object.entries(states).map(
    ([host, { good = [], bad = [], ...own }]): HostHistory => ({
      host,
      entries: entries.filter(({ hosts: on }) => on.some((each) => each.host === host)),
      digest,
      good: new Set(good),
      bad: new Set(bad),
      status: {
        event: 'status',
        time,
        lock: 'free',
        live: { commit: '-', ref, run: 'c', how: 'complete' },
        ...own,
      },
    }),
  )
  const wish = { app: 'codebase', targets: Object.keys(states).map(target), digest: 'd', to }
  try {
    return planRollback(wish, { entries, hosts, errors: [] }).to
  } catch (error) {
    const { exitCode, message, suggestions } = error as ShipitError
    return [`${exitCode} ${message}`, ...suggestions].join('\n')
  }
}

const firstLine = (text: string) => text.split('\n')[0]
const both = { hosts: ['web1', 'web2'] }

describe('a run that is named', () => {
  it('is gone back to where the host says that it is good', () => {
    assert.equal(said('a', [entry('c', {}), entry('a', {})], { status: { good: ['a', 'c'] } }), 'a')
    const left = { good: ['a', 'c'], bad: ['a'] }
    assert.equal(said('a', [entry('c', {}), entry('a', {})], { status: left }), 'a')
  })

  it('is not when it failed, goes on, published nothing or is not there, and each is said', () => {
    const why = (outcome: Partial<OutcomeEvent> | 'running') =>
      firstLine(said('a', [entry('a', outcome)], { status: { good: [] } }))
    assert.equal(why({ outcome: 'failed', step: 'git' }), "66 web1 can't go back to run a: it failed in git")
    assert.equal(
      why({ outcome: 'timed-out', step: 'make' }),
      "66 web1 can't go back to run a: it ran out of time in make",
    )
    assert.equal(why({ outcome: 'cancelled' }), "66 web1 can't go back to run a: it was cancelled")
    assert.equal(why('running'), "66 web1 can't go back to run a: it is still running")
    assert.equal(why({}), "66 web1 can't go back to run a: it published nothing, or is no longer kept")
    assert.equal(
      firstLine(said('b', [entry('a', {})], { status: { good: ['a'] } })),
      "66 web1 can't go back to run b: no such run there",
    )
  })

  it('is not when only some hosts can go there', () => {
    const text = said('b', [entry('c', {}, both), entry('b', {})], {
      status: { good: ['b'] },
      others: { web2: { good: [] } },
    })
    assert.match(text, /^66 web2 can't go back to run b: no such run there\n/)
    assert.match(text, /--host/)
  })
})

describe('without a name', () => {
  it('a host without a good run before what is live is told', () => {
    assert.equal(firstLine(said(undefined, [entry('c', {})])), '66 web1 has no good run before the live one')
    assert.equal(said(undefined, []), '66 nothing was deployed on web1 yet')
  })

  it('all hosts go back to the one run that each would choose', () => {
    const status = { target: 'b', good: ['b', 'c'] }
    assert.equal(said(undefined, [entry('c', {}, both)], { status, others: { web2: status } }), 'b')
  })

  it('hosts that would choose other runs are not sent to different ones; what all can go to is suggested', () => {
    const entries = [entry('c', {}), entry('b', {}, both), entry('a', {}, both)]
    const live = { commit: '-', ref, run: 'b', how: 'complete' } as const
    const text = said(undefined, entries, {
      status: { target: 'b', good: ['a', 'b', 'c'] },
      others: { web2: { target: 'a', good: ['a', 'b'], live } },
    })
    assert.match(
      text,
      /^2 the hosts would go back to different runs: web1: run c is live, .* run b; web2: run b is live, .* run a\n/,
    )
    assert.match(text, /rollback production --to b\nshipit rollback production --to a/)
    const apart = said(undefined, entries, {
      status: { target: 'c', good: ['c'] },
      others: { web2: { good: [] } },
    })
    assert.match(apart, /web2: run c is live, and it would go back to none/)
    assert.doesNotMatch(apart, /--to/)
  })
})

test('what a host would refuse it with is said before anybody is asked', () => {
  const entries = [entry('c', {}), entry('a', {})]
  const holder = { run: 'r', user: 'bob', ref, seconds: 3 }
  assert.match(
    said('a', entries, { status: { lock: 'held', holder } }),
    /^75 .* is locked: bob has been deploying/,
  )
  assert.match(said('a', entries, { status: { lock: 'busy', holder } }), /^75 processes of an earlier run/)
  const freeze = { user: 'bob', reason: 'a_move', seconds: 9 }
  assert.match(said('a', entries, { status: { freeze } }), /^75 .* is frozen by bob/)
  assert.match(said('a', entries, { digest: 'other' }), /^78 /)
})
