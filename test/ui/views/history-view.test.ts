import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEntry } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { formatHistory } from '../../../src/ui/views/history-view.ts'
import { Sink } from '../support/sink.ts'

const RUN: HistoryEntry['run'] = {
  event: 'run',
  time: '2026-11-22T12:00:00Z',
  run: '20261122T120000Z-0123456789abcdef',
  user: 'alice',
  app: 'codebase',
  ref: { kind: 'branch', name: 'master' },
  flags: ['docs'],
  digest: 'unasked',
  claimed: 'ci@pipeline',
}
const ended = (host: string, commit: string, more: object = {}): HistoryEntry['hosts'][number] => ({
  host,
  outcome: {
    event: 'outcome',
    time: RUN.time,
    run: RUN.run,
    outcome: 'succeeded',
    exit: 0,
    ms: 1200,
    commit,
    ...more,
  },
})

const ID = '20261121T120000Z-fedcba9876543210'
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })

test('a line without a result ends with what it says, in colour too: blanks would be wrapped', () => {
  const colours = chooseStyle(Object.assign(new Sink(), { isTTY: true }), { LANG: 'C.UTF-8' })
  const dim = { ...colours, paint: (_: string, text: string) => (text === '' ? '' : `<${text}>`) }
  const { claimed: _claimed, ...plain } = RUN
  const lines = formatHistory(
    [
      {
        run: { ...plain, flags: [], digest: 'd' },
        hosts: [ended('web1', 'a'.repeat(40)), ended('web2', 'b'.repeat(40))],
      },
    ],
    { style: dim },
  )
  assert.match(lines[1] ?? '', / web1 {3}<0123456>$/)
  assert.match(lines[2] ?? '', / web2$/)
})

test('a run is one line, and one more for hosts on which it went otherwise', () => {
  const lines = formatHistory(
    [
      {
        run: RUN,
        hosts: [
          ended('web1', 'a'.repeat(40)),
          ended('web2', 'a'.repeat(40), { ms: 3100 }),
          ended('web3', 'a'.repeat(40), { outcome: 'failed', exit: 1, step: 'publish', status: 2 }),
        ],
      },
      {
        run: { ...RUN, run: ID, flags: [], digest: 'd', to: RUN.run, ref: { kind: 'tag', name: 'v1' } },
        hosts: [ended('web1', 'b'.repeat(40))],
      },
    ],
    { style },
  )
  assert.deepEqual(lines, [
    '  when (UTC)        what           commit   by     took   hosts     run',
    '✔ 2026-11-22 12:00  master --docs  aaaaaaa  alice  3.1 s  web[1-2]  0123456  (says: ci@pipeline), recipe not compared',
    '✖                                  aaaaaaa         1.2 s  web3               failed in publish with status 2',
    `↶ 2026-11-22 12:00  tag v1         bbbbbbb  alice  1.2 s  web1      fedcba9  back to ${RUN.run}, (says: ci@pipeline)`,
  ])
})

test('hosts that found two commits there, or none yet, have each a line', () => {
  const { outcome: _, ...running } = ended('web3', '')
  const lines = formatHistory(
    [
      {
        run: { ...RUN, flags: [] },
        hosts: [ended('web1', 'a'.repeat(40)), ended('web2', 'b'.repeat(40)), { ...running, running: true }],
      },
    ],
    { style },
  )
  assert.match(lines[1] ?? '', /^✔ .* aaaaaaa .* web1 /)
  assert.match(lines[2] ?? '', /^✔ +bbbbbbb +1.2 s {2}web2$/)
  assert.match(lines[3] ?? '', /^▶ +web3 +running$/)
})

test('where no run is told, it says of which time', () => {
  assert.deepEqual(formatHistory([], { style }), ['nothing was deployed there yet'])
  assert.deepEqual(formatHistory([], { style, since: '2030-01-01' }), [
    'nothing was deployed there since 2030-01-01',
  ])
})

test('a superseded run names what was newer', () => {
  const live = { commit: 'b'.repeat(40), ref: RUN.ref, run: ID, how: 'complete' }
  const hosts = [ended('web1', 'a'.repeat(40), { outcome: 'superseded', live })]
  const [, line = ''] = formatHistory([{ run: RUN, hosts }], { style })
  assert.match(line, /^↓ .* aaaaaaa .* superseded by bbbbbbbbbbbb, \(says: ci@pipeline\)/)
})

test('a run that was rolled back from, and one that went back by itself, say so', () => {
  const failed = { outcome: 'failed', exit: 1, step: 'up', status: 1, back: ID, backStep: 'up' }
  const run = { ...RUN, digest: 'd', flags: [] }
  const lines = formatHistory(
    [
      { run, hosts: [{ ...ended('web1', 'a'.repeat(40)), left: true }, ended('web2', 'a'.repeat(40))] },
      { run, hosts: [ended('web1', 'b'.repeat(40), failed)] },
      { run: { ...run, to: ID }, hosts: [{ ...ended('web1', 'a'.repeat(40)), left: true }] },
    ],
    { style },
  )
  assert.deepEqual(
    lines.slice(1).map((line) => line.replace(/^.* (?=web)/, '').replace(/ {2,}/g, ' ')),
    [
      'web1 0123456 later rolled back, (says: ci@pipeline)',
      'web2',
      `web1 0123456 failed in up with status 1, went back by itself to run ${ID}, where 'up' failed as well, (says: ci@pipeline)`,
      `web1 0123456 went back to ${ID}; later rolled back itself, (says: ci@pipeline)`,
    ],
  )
})
