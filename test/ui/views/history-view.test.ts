import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatHistory, type HistoryRow } from '../../../src/ui/views/history-view.ts'

const RUN: HistoryRow['run'] = {
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
const ended = (host: string, commit: string, more: object = {}): HistoryRow['hosts'][number] => ({
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

test('a run has its commit, and all hosts of one fate are folded', () => {
  const lines = formatHistory([
    {
      run: RUN,
      hosts: [
        ended('web1', 'a'.repeat(40)),
        ended('web2', 'a'.repeat(40), { ms: 3100 }),
        ended('web3', 'a'.repeat(40), { outcome: 'failed', exit: 1, step: 'publish', status: 2 }),
      ],
    },
  ])
  assert.deepEqual(lines, [
    "2026-11-22 12:00:00 UTC  branch 'master', commit aaaaaaaaaaaa --docs, by alice (says: ci@pipeline), recipe not compared",
    '  succeeded after 1.2 s to 3.1 s on web[1-2]',
    '  failed in publish with status 2 after 1.2 s on web3',
    '  run 20261122T120000Z-0123456789abcdef',
  ])
})

test('hosts that found two commits there have each their own', () => {
  const [head, ...rest] = formatHistory([
    { run: { ...RUN, flags: [] }, hosts: [ended('web1', 'a'.repeat(40)), ended('web2', 'b'.repeat(40))] },
  ])
  assert.doesNotMatch(head ?? '', /commit/)
  assert.deepEqual(rest.slice(0, 2), [
    '  succeeded at aaaaaaaaaaaa after 1.2 s on web1',
    '  succeeded at bbbbbbbbbbbb after 1.2 s on web2',
  ])
})

test('the commit of one host is not said of another that has named none', () => {
  const { outcome: _, ...running } = ended('web2', '')
  const [head, ...rest] = formatHistory([
    { run: RUN, hosts: [ended('web1', 'a'.repeat(40)), { ...running, running: true }] },
  ])
  assert.doesNotMatch(head ?? '', /commit/)
  assert.deepEqual(rest.slice(0, 2), [
    '  succeeded at aaaaaaaaaaaa after 1.2 s on web1',
    '  is going on on web2',
  ])
})

test('a run that was rolled back from, and one that went back by itself, say so', () => {
  const back = '20261121T120000Z-0123456789abcdef'
  const failed = { outcome: 'failed', exit: 1, step: 'up', status: 1, back, backStep: 'up' }
  const lines = formatHistory([
    { run: RUN, hosts: [{ ...ended('web1', 'a'.repeat(40)), left: true }, ended('web2', 'a'.repeat(40))] },
    { run: RUN, hosts: [ended('web1', 'b'.repeat(40), failed)] },
  ])
  assert.deepEqual(
    lines.filter((line) => line.includes('after')),
    [
      '  succeeded after 1.2 s on web1, was rolled back from',
      '  succeeded after 1.2 s on web2',
      `  failed in up with status 1 after 1.2 s on web1, went back by itself to run ${back}; there 'up' failed as well`,
    ],
  )
})
