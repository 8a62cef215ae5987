// A line of each form, with every key that it may have: the compiler holds them against the types, the test against the schema.
import type { JsonLine } from '../../src/json/lines.ts'

const host = 'web1'
const time = '2026-11-22T12:00:00Z'
const run = '20261122T120000Z-0123456789abcdef'
const app = 'shop'
const ref = { kind: 'branch', name: 'main' } as const
const commit = 'a'.repeat(40)
const error = { code: 'SHIPIT_LOCKED', exitCode: 75, message: 'locked', suggestions: ['Wait.'] }
const live = { commit, ref, run, how: 'complete' } as const
const holder = { run, user: 'alice', ref, seconds: 3, step: 'git', by: 'bob' }
const inLine = { ahead: 1, behind: 'bob' }
const freeze = { user: 'bob', reason: 'release', seconds: 3 }
const planned = { name: 'git', phase: 'prepare', skipped: 'flag' } as const
const step = { event: 'step', host, time, number: 1, name: 'git' } as const
const runEvent = {
  event: 'run',
  time,
  run,
  user: 'alice',
  app,
  ref,
  commit,
  flags: ['docs'],
  digest: 'unasked',
  claimed: 'actor=octocat',
  back: true,
  to: run,
  from: run,
  live,
  steps: [planned],
} as const
const outcome = {
  event: 'outcome',
  time,
  run,
  outcome: 'failed',
  exit: 1,
  commit,
  number: 1,
  step: 'git',
  status: 1,
  limitSeconds: 60,
  ms: 12,
  reason: 'log-full',
  by: 'bob',
  back: run,
  tried: run,
  backStep: 'git',
  live,
} as const
const status = {
  event: 'status',
  time,
  lock: 'held',
  holder,
  freeze,
  live,
  target: run,
  current: { path: '/var/www/current', state: 'gone' },
} as const
const result = {
  deployed: false,
  upToDate: true,
  unchanged: true,
  outcome: 'failed',
  live,
  run,
  commit,
  step: 'git',
  status: 1,
  error,
} as const
const settings = [{ keyword: 'user', value: 'alice', origin: 'default' }] as const
const way = { address: '192.0.2.4', port: 22, user: 'alice', settings }
const key = {
  where: '192.0.2.4:22',
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:x',
  publicKey: 'x',
  name: 'web1',
}
const commits = { count: 1, newest: [{ commit, time, author: 'alice', subject: 'a page' }] }
const look = { number: 2, name: 'rsync', files: [{ change: 'new', name: 'a' }], words: 'x' } as const

export const EXAMPLES: readonly JsonLine[] = [
  { event: 'deploy', app, environment: 'production', ref, hosts: [host], commit, notes: ['x'] },
  { event: 'connecting', host },
  { event: 'connected', host },
  { event: 'planned', host, live, commit, paths: 'unknown' },
  { event: 'waiting', host, holder, inLine },
  { event: 'lost', host, retryMs: 1000, begun: true },
  { event: 'cancel', host, step: 'git', phase: 'publish', error },
  {
    ...{ event: 'hello', host, time, protocol: 2, version: '0.1.0', user: 'alice', app, digest: 'x' },
    ...{ recipe: 1, offset: 1, events: 1 },
  },
  {
    event: 'refused',
    host,
    time,
    reason: 'locked',
    exit: 75,
    holder,
    freeze,
    inLine,
    by: 'bob',
    withdrawn: true,
  },
  { host, ...runEvent },
  { ...step, state: 'started' },
  { ...step, state: 'skipped', reason: 'flag' },
  { ...step, state: 'ended', status: 0, ms: 12, limitSeconds: 60 },
  { ...step, state: 'retrying', status: 1, attempt: 1 },
  { event: 'commit', host, time, commit },
  { event: 'cancelled', host, time, by: 'bob', when: 'now' },
  { event: 'left', host, time, pid: 7, user: 'deploybot', command: 'sleep' },
  { host, ...outcome },
  { event: 'output', host, step: 'git', text: 'x' },
  { event: 'ended', host, ...result },
  { event: 'result', app, environment: 'production', ref, hosts: { [host]: result } },
  { event: 'begun', run, hosts: { [host]: 'BEGUN' } },
  { event: 'begun', hosts: { [host]: 'UNCHANGED' } },
  { event: 'error', ...error, details: { file: '/x' }, host },
  {
    ...{ event: 'host-status', host, status, lastRun: runEvent, lastOutcome: outcome, error },
    waiting: [{ run, user: 'alice', ref, seconds: 1 }],
    checks: [{ name: 'service', state: 'failed', words: 'x' }],
    unseen: [{ reason: 'time', words: 'x' }],
  },
  {
    ...{ event: 'host-plan', host, status, plan: { event: 'plan', time, commit, comes: 1, goes: 1 } },
    ...{
      drift: true,
      paths: 'missing',
      deploys: true,
      comes: commits,
      goes: commits,
      steps: [planned],
      error,
    },
    looks: [
      { ...look, state: 'files', new: 1, changed: 1, deleted: 1, part: true },
      { ...look, state: 'passed' },
    ],
    space: [{ path: '/var/www', free: 1, all: 2 }],
    unseen: [{ reason: 'time', words: 'x' }],
  },
  { ...runEvent, event: 'history', hosts: [{ host, outcome, running: true, from: run, left: true }] },
  {
    ...{ event: 'host-doctor', host, sound: false, error },
    findings: [{ group: 'host', subject: 'disk', verdict: 'broken', text: 'full', todo: 'Empty it.' }],
  },
  { event: 'host-settings', host, ...way, via: [{ host: 'bastion', ...way, via: [] }] },
  { event: 'host-key', host, onTheWayTo: 'web2', ...key, state: 'known', by: 'the config' },
  { event: 'host-key', host, onTheWayTo: 'web2', ...key, state: 'refused', error },
  {
    ...{ event: 'recipe-diff', host, equal: false, drift: true, version: '0.1.0', digest: 'x' },
    ...{ localDigest: 'y', words: ['+x'], rights: ['-y'], error },
    hunks: [{ from: 1, to: 1, lines: [' x'] }],
  },
  { event: 'cancel', host, run, step: 'git', phase: 'publish', withdrawn: true },
  { event: 'freeze', host, app, reason: 'release' },
  { event: 'unfreeze', host, app, wasFrozen: true },
  { event: 'freeze', host, error },
  { event: 'config', file: '/x', values: [{ path: 'app', value: app, from: 'file', line: 3 }] },
  {
    event: 'init',
    file: '/project/deploy.config.ts',
    app: 'shop',
    what: 'a deploy script',
    from: 'deploy.sh',
    unread: [{ file: 'deploy.sh', line: 3, text: 'echo done', why: 'says something' }],
    notes: ['fill in your server, in place of web1.example.com'],
    warnings: [],
  },
  { event: 'checksums', files: { 'bin/gate': 'x' } },
  { event: 'script', hosts: host, script: '#!/bin/sh', installer: { name: 'y.sh', sha256: 'y' } },
  { event: 'script', hosts: host, out: 'x.sh', sha256: 'x', installer: { name: 'y.sh', sha256: 'y' } },
  {
    ...{
      event: 'run-report',
      time,
      version: '0.1.0',
      app,
      environment: 'production',
      run,
      user: 'alice',
      ref,
    },
    ...{
      claimed: 'actor=octocat',
      to: run,
      flags: ['docs'],
      digest: 'unasked',
      state: 'failed',
      start: time,
      ms: 9,
    },
    commits: { from: commit, to: commit, count: 1, lines: ['aaaaaaa x'] },
    hosts: [
      {
        ...{ host, state: 'timed-out', at: 1, end: 9, after: { run, user: 'bob' }, before: commit, commit },
        ...{ words: 'x', output: ['y'] },
        steps: [
          {
            ...{ name: 'git', phase: 'prepare', state: 'failed', reason: 'flag', at: 1, ms: 2, status: 124 },
            ...{ limitSeconds: 60, attempts: 2 },
          },
        ],
      },
    ],
    silent: [{ host, words: 'x' }],
  },
  {
    ...{
      event: 'history-report',
      time,
      version: '0.1.0',
      app,
      environment: 'production',
      since: '2026-11-01',
      cut: [host],
    },
    keys: { deploysAWeek: 1, leadMs: 2, failed: { count: 1, of: 2 }, recoveryMs: 3 },
    weeks: [{ monday: '2026-11-16', good: 1, bad: 1, other: 0 }],
    runs: [
      {
        ...{
          run,
          user: 'alice',
          ref,
          claimed: 'actor=octocat',
          to: run,
          began: time,
          state: 'mixed',
          hosts: 2,
        },
        ...{ ms: 1, commit, left: true, leadMs: 2, recoveryMs: 3 },
      },
    ],
    silent: [{ host, words: 'x' }],
  },
  { event: 'script-run', target: 'admin@web1', status: 0, deployKey: 'ssh-ed25519 x' },
]
