import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../../src/protocol/event.ts'
import { RunCollector } from '../../../src/ui/report/run-collector.ts'

const RUN = '20261122T120000Z-0a1b2c3d4e5f6071'
const START = Date.parse('2026-11-22T12:00:00Z')
const commit = 'a'.repeat(40)
const at = (second: number) => `2026-11-22T12:00:${String(second).padStart(2, '0')}Z`

function collect(told: (Event | string)[], isRunning = false) {
  const collector = new RunCollector('web1')
  for (const each of told)
    collector.take(
      typeof each === 'string'
        ? { host: 'web1', type: 'output', bytes: Buffer.from(each) }
        : { host: 'web1', type: 'event', event: each },
    )
  return collector.report(START, isRunning)
}

const run: Event = {
  ...{ event: 'run', time: at(2), run: RUN, user: 'alice', app: 'shop', flags: [], digest: 'unasked' },
  ...{
    ref: { kind: 'branch', name: 'main' },
    live: { commit, run: RUN, how: 'complete', ref: { kind: 'branch', name: 'x' } },
  },
  steps: [
    { name: 'git', phase: 'prepare' },
    { name: 'docs', phase: 'prepare', skipped: 'flag' },
    { name: 'check', phase: 'publish' },
  ],
}
const step = (number: number, name: string) => ({ event: 'step', number, name }) as const
const began: Event[] = [
  run,
  { ...step(1, 'git'), time: at(2), state: 'started' },
  { ...step(1, 'git'), time: at(3), state: 'ended', status: 0, ms: 1234 },
]

test('puts the steps on one clock: whole seconds, made finer by how long each took', () => {
  const {
    steps,
    at: begin,
    end,
    state,
    before,
  } = collect([
    ...began,
    { event: 'commit', time: at(3), commit: 'b'.repeat(40) },
    { ...step(3, 'check'), time: at(3), state: 'started' },
    { ...step(3, 'check'), time: at(4), state: 'ended', status: 0, ms: 600 },
    { event: 'outcome', time: at(4), run: RUN, outcome: 'succeeded', exit: 0 },
  ])
  assert.deepEqual(
    steps.map(({ name, state: how, at: from, ms }) => [name, how, from, ms]),
    [
      ['git', 'done', 2000, 1234],
      ['docs', 'skipped', undefined, undefined],
      ['check', 'done', 3234, 600],
    ],
  )
  assert.deepEqual([begin, end, state, before], [2000, 4000, 'succeeded', commit])
})

test('begins and ends within the seconds that a host tells, as far apart as it took', () => {
  const {
    at: begin,
    end,
    steps,
  } = collect([
    run,
    { ...step(1, 'git'), time: at(2), state: 'started' },
    { ...step(1, 'git'), time: at(4), state: 'ended', status: 0, ms: 1100 },
    { event: 'outcome', time: at(4), run: RUN, outcome: 'succeeded', exit: 0, ms: 1300 },
  ])
  assert.deepEqual([begin, steps[0]?.at, end], [2700, 2700, 4000])
})

test('does not take a step for failed that was cancelled', () => {
  const { steps, words } = collect([
    ...began.slice(0, 2),
    { ...step(1, 'git'), time: at(3), state: 'ended', status: 143, ms: 900 },
    {
      ...{ event: 'outcome', time: at(3), run: RUN, outcome: 'cancelled', exit: 130 },
      ...{ step: 'git', number: 1, status: 143, by: 'bob' },
    },
  ])
  assert.equal(steps[0]?.state, 'unfinished')
  assert.equal(words, 'cancelled in git by bob with status 143')
})

test('keeps what the failed step printed, made safe, and says how it ended', () => {
  const report = collect([
    ...began.slice(0, 2),
    'of git\n',
    ...began.slice(2),
    { ...step(3, 'check'), time: at(3), state: 'started' },
    'try 1\n',
    { ...step(3, 'check'), time: at(4), state: 'retrying', status: 22, attempt: 1 },
    'try \x1b[31m2\x1b[0m\x07',
    { ...step(3, 'check'), time: at(9), state: 'ended', status: 22, ms: 5000 },
    'afterwards\n',
    {
      event: 'outcome',
      time: at(9),
      run: RUN,
      outcome: 'failed',
      exit: 1,
      step: 'check',
      number: 3,
      status: 22,
    },
  ])
  assert.deepEqual(report.output, ['try 2'])
  assert.equal(report.words, 'failed in check with status 22')
  assert.deepEqual(report.steps[2]?.attempts, 2)
})

test('tells a run that was left in the middle from one that still runs', () => {
  const told = [...began, { ...step(3, 'check'), time: at(3), state: 'started' } as const, 'half a li']
  const lost = collect(told)
  assert.deepEqual([lost.state, lost.steps[2]?.state, lost.output], ['unknown', 'unfinished', ['half a li']])
  const going = collect(told, true)
  assert.deepEqual([going.state, going.steps[2]?.state, going.end], ['running', 'running', undefined])
})

test('does not let a host fill the memory', () => {
  const many = Array.from(
    { length: 500 },
    (_, index): Event => ({ ...step(index, `made up ${index}`), time: at(3), state: 'started' }),
  )
  assert.equal(collect([run, ...many]).steps.length, 128)
})

test('says why it has nothing of a line whose beginning was left out', () => {
  const failed = (...rest: string[]) => {
    const collector = new RunCollector('web1')
    const take = (event: Event) => collector.take({ host: 'web1', type: 'event', event })
    const print = (text: string) => collector.take({ host: 'web1', type: 'output', bytes: Buffer.from(text) })
    for (const event of began) take(event)
    take({ ...step(3, 'check'), time: at(3), state: 'started' })
    print('the beginning\n')
    collector.skip()
    for (const text of rest) print(text)
    take({ ...step(3, 'check'), time: at(4), state: 'ended', status: 1, ms: 600 })
    return collector.report(START, false).output
  }
  const why = "shipit: the last line is longer than 512 KiB and is not shown here; 'shipit log' shows it"
  assert.deepEqual(failed(), [why])
  assert.deepEqual(failed(''), [why])
  assert.deepEqual(failed('the end\n'), ['the end'])
})
