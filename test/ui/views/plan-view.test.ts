import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostPlan } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { formatPlan, formatPlanJson, type PlannedCommits } from '../../../src/ui/views/plan-view.ts'
import { Sink } from '../support/sink.ts'

const TIME = '2026-11-22T12:00:00Z'
const RUN = '20261122T120000Z-0123456789abcdef'
const [LIVE, NEW] = ['a'.repeat(40), 'b'.repeat(40)] as const
const ref = { kind: 'branch', name: 'main' } as const
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })

const planned = (
  host: string,
  status: Partial<NonNullable<HostPlan['status']>> = {},
  plan: Partial<NonNullable<HostPlan['plan']>> = {},
): HostPlan => ({
  host,
  status: {
    ...{ event: 'status', time: TIME, lock: 'free' },
    live: { commit: LIVE, ref, run: RUN, how: 'complete' },
    ...status,
  },
  plan: { event: 'plan', time: TIME, commit: NEW, ...plan },
})
const commits = (...lines: string[]) => ({ lines, more: 0 })
const format = (plans: readonly HostPlan[], known: [string, PlannedCommits][] = []) =>
  formatPlan({
    ...{ app: 'shop', environment: 'production', ref, plans, style },
    commits: new Map(known),
    steps: [
      { name: 'git', phase: 'prepare' },
      { name: 'make html', phase: 'prepare', skipped: 'flag' },
      { name: 'rsync src', phase: 'publish' },
    ],
    flags: new Map([['make html', '--docs']]),
  })

test('says what is live, what comes and which steps run, once for hosts that say the same', () => {
  const comes = { lines: ['bbbbbbb fix the cart', 'ccccccc \x1b[31mred'], more: 3 }
  const key = `${LIVE} ${NEW}`
  assert.deepEqual(format([planned('web1'), planned('web2')], [[key, { comes, goes: commits() }]]), [
    "shop in production: branch 'main'",
    '',
    'web[1-2]',
    `  live      aaaaaaaaaaaa  branch 'main', run ${RUN}`,
    '  comes     bbbbbbbbbbbb  5 commits more',
    '              bbbbbbb fix the cart',
    '              ccccccc red',
    '              and 3 more',
    '',
    '  steps     git, rsync src',
    '  skipped   make html (--docs)',
  ])
})

test('says how what comes lies to what is live, by the checkout or by the host', () => {
  const comesOf = (plan: HostPlan, known?: PlannedCommits) =>
    format([plan], known ? [[`${LIVE} ${NEW}`, known]] : []).find((line) => line.includes('comes'))
  const row = (text: string) => `  comes     bbbbbbbbbbbb  ${text}`
  assert.equal(
    comesOf(planned('web1', {}, { comes: 0, goes: 2 })),
    row('older by 2 commits: superseded, unless you say --back'),
  )
  assert.equal(comesOf(planned('web1', {}, { comes: 1, goes: 0 })), row('1 commit more'))
  assert.equal(comesOf(planned('web1')), row('unknown how many commits: git fetch may tell'))
  const apart = { comes: commits('bbbbbbb new'), goes: commits('aaaaaaa old') }
  assert.equal(
    comesOf(planned('web1'), apart),
    row('1 commit more, and 1 commit of what is live would go away'),
  )
  assert.match(
    format([planned('web1')], [[`${LIVE} ${NEW}`, apart]]).join('\n'),
    /goes {6}these commits would go away:\n {14}aaaaaaa old/,
  )
  assert.equal(
    comesOf(planned('web1', {}, { commit: LIVE })),
    '  comes     aaaaaaaaaaaa  the same commit: the steps run again',
  )
  const { status: _, ...first } = planned('web1')
  assert.match(format([first]).join('\n'), /live {6}nothing yet\n {2}comes {5}b{12}$/m)
})

test('says what stands in the way, and nothing of hosts that did not answer', () => {
  const freeze = { user: 'alice', reason: 'backup', seconds: 60 }
  const holder = { run: RUN, user: 'bob', ref, seconds: 5 }
  const lines = format([planned('web1', { freeze }), planned('web2', { lock: 'held', holder })]).join('\n')
  assert.match(lines, /^web1\n(?: {2}.*\n)+ {2}frozen {4}by alice, .*: backup$/m)
  assert.match(lines, /^web2\n(?: {2}.*\n)+ {2}lock {6}held by bob for 5 s/m)
  assert.deepEqual(format([{ host: 'web1', error: new Error('x') as never }]), [])
})

test('is a line for each host, for programs', () => {
  const [line = ''] = formatPlanJson([planned('web1')])
  assert.deepEqual(JSON.parse(line).plan, { event: 'plan', time: TIME, commit: NEW })
  assert.equal(JSON.parse(line).event, 'host-plan')
})
