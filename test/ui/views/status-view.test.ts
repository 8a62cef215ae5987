import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostStatus } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { formatMoment } from '../../../src/ui/views/format-time.ts'
import { formatStatus, formatStatusJson } from '../../../src/ui/views/status-view.ts'
import { formatDuration } from '../../../src/words/duration.ts'
import { COMMIT, fault, RUN } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

const TIME = '2026-11-22T12:00:00Z'
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const ref = { kind: 'branch', name: 'x' } as const
const lastRun = {
  event: 'run',
  run: RUN,
  user: 'alice',
  app: 'codebase',
  ref,
  flags: [],
  digest: 'unasked',
  time: TIME,
} as const
const live = { commit: COMMIT, ref, run: RUN, how: 'complete' } as const

function shown(...answers: HostStatus[]): string[] {
  return formatStatus({
    app: 'codebase',
    environment: 'production',
    answers,
    now: new Date('2026-11-22T12:03:20Z'),
    style,
  })
}

function healthy(host: string): HostStatus {
  return {
    host,
    status: { event: 'status', time: TIME, lock: 'free', live },
    lastRun,
    lastOutcome: { event: 'outcome', run: RUN, outcome: 'succeeded', exit: 0, time: TIME },
  }
}

describe('the status of hosts', () => {
  test('is what is live, the last run and the lock', () => {
    assert.deepEqual(shown(healthy('web1')), [
      'codebase in production',
      '',
      'web1',
      "  live      1a2b3c4d5e6f  branch 'x', by alice, 3 minutes ago (2026-11-22 12:00:00 UTC)",
      `  last run  ✔ succeeded: branch 'x', by alice, 3 minutes ago (2026-11-22 12:00:00 UTC)  run ${RUN}`,
      '  lock      free',
    ])
  })

  test('names those who wait for the lock, in order', () => {
    const waiter = (user: string, seconds: number) => ({ run: RUN, user, ref, seconds })
    const both = [1, 2].map((seconds) => ({
      ...healthy(`web${seconds}`),
      waiting: [waiter('bob', seconds), waiter('carol', seconds)],
    }))
    assert.deepEqual(shown(...both).slice(2, 3), ['web[1-2]'])
    assert.deepEqual(shown(...both).slice(-2), [
      `  waiting   1. bob for 1 s, branch 'x', run ${RUN}`,
      `            2. carol for 1 s, branch 'x', run ${RUN}`,
    ])
  })

  test('says how the checks go, if they were asked', () => {
    const checks = [
      { name: 'service', state: 'passed' },
      {
        name: 'docs',
        state: 'failed',
        words: 'shipit: the page answers with status 503, not 200\n',
      },
    ] as const
    assert.deepEqual(shown({ ...healthy('web1'), checks }).slice(-3), [
      '  checks    service: passes now',
      '            docs: fails now',
      '              the page answers with status 503, not 200',
    ])
    assert.equal(shown({ ...healthy('web1'), checks: [] }).at(-1), '  checks    none')
    const unseen = [{ reason: 'time' }] as const
    assert.match(
      shown({ ...healthy('web1'), checks: [], unseen }).at(-1) ?? '',
      /^ {2}checks {4}looking took too long/,
    )
    const [json = ''] = formatStatusJson([{ ...healthy('web1'), checks, unseen: [] }])
    assert.deepEqual(JSON.parse(json).checks[1].state, 'failed')
    assert.ok(!json.includes('unseen'))
  })

  test('folds hosts that say the same', () => {
    const lines = shown(
      healthy('web1'),
      { host: 'web2', error: fault("cannot reach 'web2'", { code: 'X', exitCode: 69 }) },
      healthy('web3'),
    )
    assert.deepEqual(
      lines.filter((line) => /^web/.test(line)),
      ['web[1,3]', 'web2'],
    )
    assert.deepEqual(lines.slice(-2), ["  ✖ cannot reach 'web2'", "  → See 'shipit status'."])
  })

  test('does not fold hosts that have other refs, whatever these are called', () => {
    const tagged = (host: string, name: string): HostStatus => ({
      ...healthy(host),
      status: { event: 'status', time: TIME, lock: 'free', live: { ...live, ref: { kind: 'tag', name } } },
    })
    const lines = shown(tagged('web1', '1.2.3.4'), tagged('web2', '1.2.3.5'), tagged('web3', '1.2.3.4'))
    assert.deepEqual(
      lines.filter((line) => /^web/.test(line)),
      ['web[1,3]', 'web2'],
    )
  })

  test('folds hosts that began the same run a second apart, and were asked a second apart', () => {
    const frozen = (host: string, seconds: number): HostStatus => ({
      ...healthy(host),
      lastRun: { ...lastRun, time: `2026-11-22T12:00:0${seconds}Z` },
      status: {
        event: 'status',
        time: TIME,
        lock: 'free',
        live,
        freeze: { user: 'bob', reason: 'a', seconds },
      },
    })
    assert.deepEqual(
      shown(frozen('web1', 1), frozen('web2', 2)).filter((line) => /^web/.test(line)),
      ['web[1-2]'],
    )
  })

  test('says so where nothing was deployed yet', () => {
    assert.deepEqual(
      shown({ host: 'web1', status: { event: 'status', time: TIME, lock: 'free' } }).slice(2),
      ['web1', '  live      nothing was deployed here yet', '  lock      free'],
    )
  })

  test('names the step and status of a failed run, and that what is live is partly new', () => {
    const lines = shown({
      host: 'web1',
      status: { event: 'status', time: TIME, lock: 'free', live: { ...live, commit: '-', how: 'partial' } },
      lastRun,
      lastOutcome: {
        event: 'outcome',
        run: RUN,
        outcome: 'failed',
        exit: 1,
        step: 'rsync src',
        status: 23,
        time: TIME,
      },
    })
    assert.match(lines[3] ?? '', /no commit .*, only partly: that run failed$/)
    assert.match(lines[4] ?? '', /✖ failed in rsync src with status 23: branch 'x', by alice/)
  })

  test('names who holds the lock, and for how long', () => {
    const holder = { run: RUN, user: 'bob', ref, seconds: 12, step: 'make html' }
    const lines = shown({
      host: 'web1',
      status: { event: 'status', time: TIME, lock: 'held', holder, live },
      lastRun,
    })
    assert.match(lines[4] ?? '', /last run {2}running: branch 'x', by alice/)
    const held = `  lock      held by bob for 12 s, step make html, branch 'x', run ${RUN}`
    assert.equal(lines.at(-1), held)
    const cancelled = { event: 'status', time: TIME, lock: 'held', holder: { ...holder, by: 'eve' } } as const
    assert.equal(shown({ host: 'web1', status: cancelled, lastRun }).at(-1), `${held}, cancelled by eve`)
  })

  test('of a frozen app says that, and not that its lock is free', () => {
    const freeze = { user: 'bob', reason: 'the_release', seconds: 5 }
    const status = { event: 'status', time: TIME, lock: 'free', live, freeze } as const
    const lines = shown({ host: 'web1', status, lastRun })
    assert.equal(lines.at(-1), '  frozen    by bob, 5 s ago: the release')
    assert.ok(!lines.some((line) => line.includes('lock')), lines.join('\n'))
  })

  test('calls a run without an outcome that nobody carries out interrupted', () => {
    const lines = shown({ host: 'web1', status: { event: 'status', time: TIME, lock: 'busy' }, lastRun })
    assert.match(lines[4] ?? '', /✖ interrupted: branch 'x'/)
    assert.equal(lines.at(-1), '  lock      free, but processes of an interrupted run are still alive')
  })

  test('is a line of JSON for each host, for programs', () => {
    const error = fault('no', { code: 'SHIPIT_CONNECTION', exitCode: 69, suggestions: [] })
    assert.deepEqual(
      formatStatusJson([healthy('web1'), { host: 'web2', error }]).map((line) => JSON.parse(line)),
      [
        { schema: 1, event: 'host-status', ...healthy('web1') },
        {
          schema: 1,
          event: 'host-status',
          host: 'web2',
          error: { code: 'SHIPIT_CONNECTION', exitCode: 69, message: 'no', suggestions: [] },
        },
      ],
    )
  })
})

describe('times', () => {
  test('are short', () => {
    assert.deepEqual([0, 1234, 59_949, 59_950, 125_000, 3_599_600, 12_000_000].map(formatDuration), [
      '0.0 s',
      '1.2 s',
      '59.9 s',
      '1 min 0 s',
      '2 min 5 s',
      '1 h 0 min',
      '3 h 20 min',
    ])
  })

  test('are told as ago and in UTC, whatever the host thinks the time is', () => {
    const now = new Date('2026-11-22T12:00:00Z')
    assert.equal(formatMoment('2026-11-22T11:59:59Z', now), 'just now (2026-11-22 11:59:59 UTC)')
    assert.equal(formatMoment('2026-11-22T11:00:00Z', now), '1 hour ago (2026-11-22 11:00:00 UTC)')
    assert.equal(formatMoment('2026-11-23T12:00:00Z', now), 'just now (2026-11-23 12:00:00 UTC)')
    assert.equal(formatMoment('2026-99-99T99:99:99Z', now), 'at an unknown time')
  })
})
