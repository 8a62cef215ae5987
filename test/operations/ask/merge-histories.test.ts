import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { askHistory } from '../../../src/operations/ask/ask-history.ts'
import { findRun, type Pick } from '../../../src/operations/ask/find-run.ts'
import type { Event, RunEvent } from '../../../src/protocol/event.ts'
import { startGate } from '../support/scripted-gate.ts'
import { at, bareHello, outcome, runEvent } from '../support/scripted-run.ts'

type Gate = Awaited<ReturnType<typeof startGate>>
let gates: Gate[]
before(async () => {
  gates = await Promise.all([startGate(), startGate()])
})
after(() => Promise.all(gates.map((gate) => gate.close())))

const id = (day: number, tail = '0') =>
  `202611${String(day).padStart(2, '0')}T120000Z-${tail.padStart(16, '0')}`
const run = (name: string, changes: Partial<RunEvent> = {}): Event[] => [
  runEvent({ run: name, ...changes }),
  outcome({ run: name }),
]
const going = (name: string) => {
  const ref = { kind: 'branch', name: 'x' } as const
  return at({ event: 'status', lock: 'held', holder: { run: name, user: 'alice', ref, seconds: 1 } })
}
const free = at({ event: 'status', lock: 'free' })

/** Hosts web1 and web2, each with its own history. */
function hosts(...told: (readonly Event[])[]) {
  return told.map((events, index) => {
    const gate = gates[index] as Gate
    const target = gate.target((call) => call.say(bareHello(), ...events, at({ event: 'end' })).end())
    return { ...target, host: `web${index + 1}` }
  })
}

/** As many as a history keeps, each with a time of its own that is still to come. */
const flood = Array.from({ length: 999 }, (_, index) => ({
  ...runEvent({ run: `99991231T235959Z-${index.toString(16).padStart(16, '0')}` }),
  time: '9999-12-31T23:59:59Z',
}))

test('what hosts say differently of a run is told apart, and what they say alike is one', async () => {
  const told = hosts(
    [free, ...run(id(1), { user: 'bob', ref: { kind: 'branch', name: 'master' } }), ...run(id(2))],
    [free, ...run(id(1)), ...run(id(2))],
  )
  const { entries } = await askHistory(told, 'codebase', 10)
  assert.deepEqual(
    entries.map((entry) => [entry.run.run, entry.run.user, entry.hosts.map(({ host }) => host).join()]),
    [
      [id(2), 'alice', 'web1,web2'],
      [id(1), 'bob', 'web1'],
      [id(1), 'alice', 'web2'],
    ],
  )
})

test('for each thing that a run is, another word of one host is no word of the other', async () => {
  const changes: Partial<RunEvent>[] = [
    { flags: ['docs'] },
    { commit: 'f'.repeat(40) },
    { to: id(9) },
    { ref: { kind: 'tag', name: 'x' } },
    { claimed: 'ci' },
    { digest: 'e'.repeat(64) },
  ]
  for (const change of changes) {
    const { entries } = await askHistory(
      hosts([free, ...run(id(1), change)], [free, ...run(id(1))]),
      'codebase',
      10,
    )
    assert.equal(entries.length, 2, JSON.stringify(change))
  }
})

test('many runs of one host that are still to come hide nothing of another', async () => {
  const mine = id(3)
  const told = () =>
    hosts([free, ...flood], [going(mine), ...run(id(1)), ...run(id(2)), runEvent({ run: mine })])
  const { entries } = await askHistory(told(), 'codebase', 10)
  const own = entries.filter((entry) => entry.hosts.some(({ host }) => host === 'web2'))
  assert.deepEqual(
    own.map((entry) => entry.run.run),
    [mine, id(2), id(1)],
  )
  const on = async (wanted: Parameters<typeof findRun>[2]) => {
    const { run: found, targets } = await findRun(told(), 'codebase', wanted)
    return [found, ...targets.map(({ host }) => host)]
  }
  assert.deepEqual(await on('running'), [mine, 'web2'])
  assert.deepEqual(await on({ id: id(2) }), [id(2), 'web2'])
  const { newer } = await findRun(told(), 'codebase', { id: id(2) })
  assert.deepEqual(
    newer.map((entry) => entry.hosts.map(({ host }) => host).join()),
    ['web1', 'web2'],
  )
  let offered: string[] = []
  const pick: Pick = (newest) => {
    offered = newest.map((entry) => entry.run.run)
    return Promise.resolve(newest.at(-1))
  }
  await findRun(hosts([free, ...flood], [free, ...run(id(1)), ...run(id(2))]), 'codebase', { pick })
  assert.equal(offered.length, 9)
  assert.deepEqual(offered.slice(-2), [id(2), id(1)])
})

test('a host that says it has a run does not hide that another one has it further back', async () => {
  const many = Array.from({ length: 250 }, (_, index) => runEvent({ run: id(5, index.toString(16)) }))
  const [web1, web2] = hosts([free, ...run(id(1))], [])
  const whole = [free, ...run(id(1)), ...many]
  const gate = gates[1] as Gate
  const target = gate.target((call) => {
    const limit = Number(/--limit (\d+)/.exec(call.command)?.[1])
    const events = limit < 252 ? [free, ...many.slice(-limit)] : whole
    call.say(bareHello(), ...events, at({ event: 'end' })).end()
  })
  assert.ok(web1 && web2)
  const { targets } = await findRun([web1, { ...target, host: 'web2' }], 'codebase', { id: id(1) })
  assert.deepEqual(
    targets.map(({ host }) => host),
    ['web1', 'web2'],
  )
})
