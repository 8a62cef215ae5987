// Reports to draw: runs on any number of hosts, with what can go wrong, and a history of months. The same at each call.
import type { HistoryReport, RunReport } from '../../../src/json/lines.ts'
import type { HistoryEntry } from '../../../src/results/host-answer.ts'
import { fourKeys, reportRuns, weeksOf } from '../../../src/ui/report/four-keys.ts'
import { joinStates } from '../../../src/ui/report/join-states.ts'
import type { ReportedHost } from '../../../src/ui/report/run-collector.ts'

const FROM = '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'
const TO = '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432'
const RUN = '20261122T120000Z-0a1b2c3d4e5f6071'
const BEFORE = '20261122T115500Z-77aa88bb99cc00dd'

/** Numbers between 0 and 1 that look like chance. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const STEPS = [
  { name: 'git', phase: 'prepare', ms: 1400 },
  { name: 'npm ci', phase: 'prepare', ms: 21_000 },
  { name: 'make html', phase: 'prepare', ms: 12_000 },
  { name: 'rsync src', phase: 'publish', ms: 3200 },
  { name: 'rsync doc/_build/html', phase: 'publish', ms: 900 },
  { name: 'migrate', phase: 'publish', ms: 0 },
  { name: 'apachectl restart', phase: 'publish', ms: 2500 },
  { name: 'check https://shop.example.com/health', phase: 'publish', ms: 4100 },
] as const

/** A run on so many hosts: of 20 some fail and some wait, of one nothing is odd. */
export function exampleRun(count: number): RunReport {
  const next = chance(count)
  const hosts = Array.from({ length: count }, (_, index): ReportedHost => {
    const host = count === 1 ? 'web1.example.com' : `web${String(index + 1).padStart(3, '0')}.fra.example.com`
    const speed = 0.75 + next() * 0.6 + (next() > 0.93 ? 0.9 : 0)
    const isFailed = count > 1 && index % 17 === 4
    const isSlow = count > 1 && index % 31 === 7
    const waits = count > 1 && index % 13 === 2
    let at = waits ? 24_000 + next() * 3000 : next() * 900
    const begin = at
    const steps: ReportedHost['steps'][number][] = []
    let isOver = false
    for (const { name, phase, ms } of STEPS) {
      if (name === 'migrate') steps.push({ name, phase, state: 'skipped', reason: 'flag' })
      else if (isOver) steps.push({ name, phase, state: 'waiting' })
      else {
        const takes = Math.round(ms * speed * (0.9 + next() * 0.2) * (isSlow && name === 'npm ci' ? 2.4 : 1))
        const breaks = isFailed && name.startsWith('check')
        steps.push({
          ...{ name, phase, state: breaks ? 'failed' : 'done', at: Math.round(at), status: breaks ? 22 : 0 },
          ...{ ms: breaks ? takes * 2 : takes },
          ...(breaks ? { attempts: 3 } : {}),
        })
        at += breaks ? takes * 2 : takes
        isOver = breaks
      }
    }
    return {
      ...{ host, state: isFailed ? 'failed' : 'succeeded', at: Math.round(begin), end: Math.round(at) },
      ...(waits ? { after: { run: BEFORE, user: 'bob' } } : {}),
      ...{ before: FROM, commit: TO, steps },
      ...(isFailed
        ? {
            words: 'failed in check https://shop.example.com/health with status 22',
            output: [
              '* Trying 127.0.0.1:443...',
              '> GET /health HTTP/1.1',
              '< HTTP/1.1 503 Service Unavailable',
              `curl: (22) The requested URL returned error: 503 <script>alert("${index % 2}")</script>`,
            ],
          }
        : {}),
    }
  })
  return {
    ...{ event: 'run-report', time: '2026-11-22T12:30:00.000Z', version: '0.1.0', app: 'shop' },
    ...{ environment: 'production', run: RUN, user: 'alice', ref: { kind: 'branch', name: 'release/42' } },
    ...{ claimed: 'ci=github,actor=octocat,run=4711', flags: ['docs'], digest: 'ab'.repeat(32) },
    state: joinStates(hosts.map(({ state }) => state)),
    start: '2026-11-22T12:00:00.000Z',
    ms: Math.max(...hosts.map(({ end = 0 }) => end)),
    commits: {
      ...{ from: FROM, to: TO, count: 14 },
      lines: [
        '9f8e7d6 shop: count what is in the basket',
        '8d7c6b5 shop: <b>bold</b> & "quoted" names',
        '77aa123 docs: say where the basket is kept',
      ],
    },
    hosts: hosts.toSorted((one, other) => (other.end ?? 0) - (one.end ?? 0)),
    silent:
      count > 1
        ? [
            {
              host: 'web999.fra.example.com',
              words: "cannot reach 'web999.fra.example.com' (192.0.2.99:22) within 10 s",
            },
          ]
        : [],
  }
}

/** Half a year of an environment. */
export function exampleHistory(count = 160): HistoryReport {
  const next = chance(7)
  const nowMs = Date.parse('2026-11-29T12:00:00Z')
  const committed = new Map<string, number>()
  let at = nowMs - 180 * 86_400_000
  const entries = Array.from({ length: count }, (_, index): HistoryEntry => {
    at += (0.15 + next() * 1.7) * ((180 * 86_400_000) / count)
    const time = new Date(at).toISOString().replace(/\.\d+/, '')
    const run = `${time.replace(/[-:]/g, '')}-${(index * 7919 + 4096).toString(16).padStart(7, '0').padEnd(16, '0')}`
    const commit = (index * 104_729 + 268_435_456).toString(16).padEnd(40, '0')
    const ms = Math.round(8000 * Math.exp(next() * 2.2))
    const dice = next()
    const outcome =
      dice > 0.96 ? 'cancelled' : dice > 0.93 ? 'superseded' : dice > 0.85 ? 'failed' : 'succeeded'
    const isBack = index > 0 && dice < 0.05
    committed.set(commit, at - 3_600_000 * Math.exp(next() * 4.4))
    const end = new Date(at + ms).toISOString().replace(/\.\d+/, '')
    return {
      run: {
        ...{ event: 'run', time, run, user: ['alice', 'bob', 'carol'][index % 3] ?? '', app: 'shop' },
        ...{
          ref: { kind: 'branch', name: index % 5 === 0 ? 'hotfix' : 'main' },
          flags: [],
          digest: 'ab'.repeat(32),
        },
        ...(isBack ? { to: run } : {}),
      },
      hosts: ['web1', 'web2'].map((host) => ({
        host,
        outcome: { ...{ event: 'outcome', time: end, run, outcome, exit: 0, commit, ms } },
        ...(outcome === 'succeeded' && dice > 0.8 ? { left: true } : {}),
      })),
    }
  })
  const runs = reportRuns(entries.toReversed(), committed)
  const sinceMs = Date.parse(runs[0]?.began ?? '')
  return {
    ...{ event: 'history-report', time: new Date(nowMs).toISOString(), version: '0.1.0', app: 'shop' },
    ...{ environment: 'production', keys: fourKeys(runs, { sinceMs, nowMs }) },
    ...{ weeks: weeksOf(runs, nowMs), runs, silent: [] },
  }
}
