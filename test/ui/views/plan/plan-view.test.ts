import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionError } from '../../../../src/errors.ts'
import type { HostPlan, Look, PlannedCommits } from '../../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../../src/ui/output/style.ts'
import { formatPlan, formatPlanJson } from '../../../../src/ui/views/plan/plan-view.ts'
import type { Ways } from '../../../../src/ui/views/plan/would-deploy.ts'
import { Sink } from '../../support/sink.ts'

const TIME = '2026-11-22T12:00:00Z'
const RUN = '20261122T120000Z-0123456789abcdef'
const [LIVE, NEW] = ['a'.repeat(40), 'b'.repeat(40)] as const
const ref = { kind: 'branch', name: 'main' } as const
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const STEPS = [
  { name: 'git', phase: 'prepare' },
  { name: 'make html', phase: 'prepare', skipped: 'flag' },
  { name: 'rsync src', phase: 'publish' },
] as const

const planned = (
  host: string,
  said: Omit<HostPlan, 'host' | 'status' | 'plan'> & {
    status?: Partial<NonNullable<HostPlan['status']>>
    plan?: Partial<NonNullable<HostPlan['plan']>>
  } = {},
): HostPlan => ({
  host,
  ...said,
  status: {
    ...{ event: 'status', time: TIME, lock: 'free' },
    live: { commit: LIVE, ref, run: RUN, how: 'complete' },
    ...said.status,
  },
  plan: { event: 'plan', time: TIME, commit: NEW, ...said.plan },
})
const commits = (count: number, ...subjects: string[]): PlannedCommits => ({
  count,
  newest: subjects.map((subject) => ({
    ...{ commit: 'c'.repeat(40), time: '2026-11-22T10:00:00.000Z', author: 'Alice', subject },
  })),
})
const looked = (...looks: Partial<Look>[]) => ({
  looks: looks.map((look) => ({ number: 3, name: 'rsync src', ...look }) as Look),
})
type More = Ways & { subjects?: ReadonlyMap<string, string> }
const format = (plans: readonly HostPlan[], more: More = {}) =>
  formatPlan({
    ...{ app: 'shop', environment: 'production', ref, plans, style, ...more },
    now: new Date(TIME),
    steps: STEPS,
    flags: new Map([['make html', '--docs']]),
  })
const rowsOf = (plan: HostPlan, more: More = {}) => format([plan], more).slice(3, -3)

test('says what is live, what comes, what changes and which steps run, once for hosts that say the same', () => {
  const files = { state: 'files', new: 2, changed: 1, deleted: 3 } as const
  const said = {
    ...looked(files, { name: 'rsync doc', state: 'made' }, { name: 'check localhost', state: 'passed' }),
    comes: commits(5, 'fix the cart', '\x1b[31mred\x1b[2J'),
    goes: commits(0),
  }
  const space = (free: number) => ({ space: [{ path: '/var/shop', free, all: 10 * 1024 * 1024 }] })
  assert.deepEqual(
    format([
      planned('web1', { ...said, ...space(5_000_000) }),
      planned('web2', { ...said, ...space(4_000_000) }),
    ]),
    [
      "shop in production: branch 'main'",
      '',
      'web[1-2]',
      `  live      aaaaaaaaaaaa  branch 'main', run ${RUN}`,
      '  comes     bbbbbbbbbbbb  5 commits more',
      '              cccccccccccc  fix the cart  (Alice, 2 hours ago)',
      '              cccccccccccc  red  (Alice, 2 hours ago)',
      '              and 3 more',
      '  files     rsync src: 2 new, 1 changed, 3 deleted',
      '            rsync doc: unknown, since an earlier step makes the files',
      '  checks    check localhost: passes now',
      '  space     at least 3.8 GiB free for /var/shop',
      '',
      '  steps     git, rsync src',
      '  skipped   make html (--docs)',
    ],
  )
})

test('says how what comes lies to what is live, and names what would go', () => {
  const comesOf = (plan: HostPlan, more = {}) => rowsOf(plan, more).slice(1).join('\n')
  const row = (text: string) => `  comes     bbbbbbbbbbbb  ${text}`
  const older = planned('web1', { comes: commits(0), goes: commits(2, 'newer') })
  assert.equal(
    comesOf(older),
    [
      row('older by 2 commits: superseded, unless you pass --back'),
      '  goes      with --back these commits would go away:',
      '              cccccccccccc  newer  (Alice, 2 hours ago)',
      '              and 1 more',
    ].join('\n'),
  )
  assert.match(
    comesOf(older, { back: true }),
    /b {2}older by 2 commits\n {2}goes {6}these commits would go away:\n/,
  )
  assert.equal(comesOf(planned('web1', { plan: { comes: 1, goes: 0 } })), row('1 commit more'))
  assert.equal(comesOf(planned('web1')), row('number of commits unknown'))
  assert.equal(
    comesOf(planned('web1', { comes: commits(1, 'new'), goes: commits(1, 'old') })),
    [
      row('1 commit more, and 1 commit of what is live would go away'),
      '              cccccccccccc  new  (Alice, 2 hours ago)',
      '  goes      these commits would go away:',
      '              cccccccccccc  old  (Alice, 2 hours ago)',
    ].join('\n'),
  )
  assert.equal(
    comesOf(planned('web1', { plan: { commit: LIVE } })),
    '  comes     aaaaaaaaaaaa  the same commit: the steps run again',
  )
  const { status: _, ...first } = planned('web1')
  assert.match(format([first]).join('\n'), /live {6}nothing yet\n {2}comes {5}b{12}$/m)
  const subjects = new Map([[NEW, 'fix the cart']])
  assert.match(format([first], { subjects }).join('\n'), /^ {2}comes {5}b{12} {2}fix the cart$/m)
})

test('says what a deploy with --changed would make of the paths of the app, if it is worth a word', () => {
  const rowOf = (paths: HostPlan['paths']) => rowsOf(planned('web1', paths ? { paths } : {})).slice(2)
  assert.deepEqual(rowOf('same'), ['  paths     nothing in this app changed'])
  assert.deepEqual(rowOf('recipe'), [
    '  paths     the live deploy used a different recipe, so --changed deploys',
  ])
  assert.deepEqual(rowOf('flags'), ['  paths     the live deploy used different flags, so --changed deploys'])
  assert.deepEqual(rowOf('missing'), [
    '  paths     one of the `paths` is in neither commit, so --changed deploys',
  ])
  assert.deepEqual([rowOf('changed'), rowOf(undefined)], [[], []])
})

test('of a deploy with --changed, says of each host whether it would deploy', () => {
  const rowOf = (plan: HostPlan) => rowsOf(plan, { isOfChanged: true }).slice(1).join('\n')
  const comes = '  comes     bbbbbbbbbbbb  number of commits unknown\n  paths     '
  const nothing = 'nothing in this app changed'
  assert.equal(rowOf(planned('web1', { paths: 'same' })), `${comes}${nothing}, so --changed deploys nothing`)
  assert.equal(
    rowOf(planned('web1', { paths: 'changed' })),
    `${comes}something in this app changed, so --changed deploys`,
  )
  assert.equal(
    rowOf(planned('web1')),
    `${comes}the host cannot tell whether anything changed, so --changed deploys`,
  )
  assert.equal(
    rowOf(planned('web1', { paths: 'same', plan: { commit: LIVE } })),
    `  comes     aaaaaaaaaaaa  the same commit\n  paths     ${nothing}, so --changed deploys nothing`,
  )
  const live = { commit: LIVE, ref, run: RUN, how: 'partial' } as const
  assert.equal(
    rowOf(planned('web1', { paths: 'same', status: { live } })),
    `${comes}${nothing}, but the live commit is there only partly, so --changed deploys`,
  )
  assert.match(
    rowOf(planned('web1', { paths: 'same', status: { lock: 'held' } })),
    /paths {5}nothing in this app changed\n {2}lock /,
  )
  // as things are, no deploy would come that far
  assert.match(
    rowOf(planned('web1', { paths: 'same', drift: true })),
    /paths {5}nothing in this app changed\n {2}drift /,
  )
  assert.match(
    rowOf(planned('web1', { paths: 'changed', status: { lock: 'held' } })),
    /paths {5}something in this app changed\n {2}lock /,
  )
})

test('says what stands in the way, what could not be looked at, and nothing of hosts that did not answer', () => {
  const freeze = { user: 'alice', reason: 'backup', seconds: 60 }
  const holder = { run: RUN, user: 'bob', ref, seconds: 5 }
  const lines = format([
    planned('web1', { status: { freeze } }),
    planned('web2', { status: { lock: 'held', holder } }),
    planned('web3', { drift: true, unseen: [{ reason: 'fetch', words: 'fatal: no\x07\n' }] }),
  ]).join('\n')
  assert.match(lines, /^web1\n(?: {2}.*\n)+ {2}frozen {4}by alice, .*: backup$/m)
  assert.match(lines, /^web2\n(?: {2}.*\n)+ {2}lock {6}held by bob for 5 s/m)
  assert.match(lines, /^web3\n(?: {2}.*\n)+ {2}drift {5}the recipe on the host differs from yours\n/m)
  assert.match(lines, /unseen {4}the host could not fetch the commit\n {14}fatal: no$/m)
  assert.deepEqual(format([{ host: 'web1', error: new Error('x') as never }]), [])
})

test('quotes what fails, names files where they are known, and shows a disk that is nearly full by itself', () => {
  const words = 'curl: (7) after 3 ms\nshipit: http://localhost/ does not answer\n'
  const files = [
    { change: 'new', name: 'a\x1b]0;x\x07' },
    { change: 'deleted', name: 'b\nc' },
  ] as const
  const low = { space: [{ path: '/var/shop', free: 3, all: 1000 }] }
  const plan = planned('web1', {
    ...looked(
      { state: 'files', new: 3, changed: 0, deleted: 1, part: true, files },
      { name: 'check', state: 'failed', words },
      { name: 'rsync x', state: 'impossible', words: 'noise\nshipit: cannot write /x/:\nmkdir /x\n' },
    ),
    ...low,
  })
  assert.deepEqual(rowsOf(plan).slice(2), [
    '  stops     rsync x would fail',
    '              cannot write /x/:',
    '              mkdir /x',
    '  files     rsync src: 3 new, 1 deleted, not counting what an earlier step makes',
    '              + a',
    '              - b c',
    '              and 2 more',
    '  checks    check: fails now',
    '              http://localhost/ does not answer',
    '  space     3 KiB free for /var/shop',
  ])
  assert.equal(format([planned('web1', low), planned('web2')]).filter((line) => /^web/.test(line)).length, 2)
})

test('is a line for each host, for programs', () => {
  const [line = ''] = formatPlanJson({
    plans: [planned('web1', { ...looked({ state: 'made' }), drift: true })],
    steps: STEPS,
  })
  const said = JSON.parse(line)
  assert.deepEqual(said.plan, { event: 'plan', time: TIME, commit: NEW })
  assert.equal(said.event, 'host-plan')
  assert.deepEqual(said.looks, [{ number: 3, name: 'rsync src', state: 'made' }])
  assert.deepEqual([said.drift, said.steps.length], [true, 3])
})

test('says to programs whether a deploy with --changed would do anything, where it is asked for', () => {
  const partly = { commit: LIVE, ref, run: RUN, how: 'partial' } as const
  const plans = [
    planned('same', { paths: 'same' }),
    planned('partly', { paths: 'same', status: { live: partly } }),
    planned('held', { paths: 'same', status: { lock: 'held' } }),
    planned('changed', { paths: 'changed' }),
    planned('old'),
    planned('new', { status: { live: { ...partly, commit: '-' } } }),
    { host: 'gone', error: new ConnectionError('cannot reach') },
  ]
  const said = (isOfChanged: boolean) =>
    formatPlanJson({ plans, steps: STEPS, isOfChanged }).map((line) => {
      const { host, paths, deploys } = JSON.parse(line)
      return [host, paths, deploys]
    })
  assert.deepEqual(said(true), [
    ['same', 'same', false],
    ['partly', 'same', true],
    ['held', 'same', undefined],
    ['changed', 'changed', true],
    ['old', 'unknown', true],
    ['new', undefined, true],
    ['gone', undefined, undefined],
  ])
  assert.deepEqual(said(false)[0], ['same', 'same', undefined])
})

test('says of a host that --outdated leaves out what is live, and no more', () => {
  const files = looked({ state: 'files', new: 0, changed: 1, deleted: 0 })
  const plans = [planned('web1', { ...files, plan: { commit: LIVE } }), planned('web2', files)]
  const rows = format(plans, { isOfOutdated: true })
  assert.deepEqual(rows.slice(2, 5), [
    'web1',
    `  live      aaaaaaaaaaaa  branch 'main', run ${RUN}`,
    '  comes     aaaaaaaaaaaa  the same commit, so --outdated deploys nothing',
  ])
  assert.deepEqual(rows.slice(6, 7), ['web2'])
  assert.equal(rows.filter((row) => /^ +files +rsync src: /.test(row)).length, 1)
  const said = formatPlanJson({ plans, steps: STEPS, isOfOutdated: true }).map((line) => JSON.parse(line))
  assert.deepEqual(
    said.map(({ paths, deploys }) => [paths, deploys]),
    [
      [undefined, false],
      [undefined, true],
    ],
  )
})
