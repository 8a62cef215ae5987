import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ShipitError } from '../../../src/errors.ts'
import { findRun, type Pick, type Wanted } from '../../../src/operations/ask/find-run.ts'
import type { Event } from '../../../src/protocol/event.ts'
import { startGate } from '../support/scripted-gate.ts'
import { at, bareHello, outcome, runEvent } from '../support/scripted-run.ts'

const id = (number: number) => `2026112${number}T120000Z-0123456789abcdef`

let gate: Awaited<ReturnType<typeof startGate>>
let other: Awaited<ReturnType<typeof startGate>>
before(async () => {
  gate = await startGate()
  other = await startGate(gate)
})
after(() => Promise.all([gate.close(), other.close()]))

/** Of the last run that was not found. */
let suggestions: readonly string[] = []

/** Looks for a run on a host with runs 1 to `count`, of which one may go on. */
async function find(wanted: Wanted, { count, running }: { count: number; running?: number }) {
  const runs = Array.from({ length: count }, (_, index) => index + 1)
  const ref = { kind: 'branch', name: 'x' } as const
  const holder = { run: id(running ?? 0), user: 'alice', ref, seconds: 1 }
  const status =
    running === undefined
      ? at({ event: 'status', lock: 'free' })
      : at({ event: 'status', lock: 'held', holder })
  const history = runs.flatMap((number): Event[] => [
    runEvent({ run: id(number) }),
    ...(number === running ? [] : [outcome({ run: id(number) })]),
  ])
  const target = gate.target((call) => call.say(bareHello(), status, ...history, at({ event: 'end' })).end())
  try {
    return (await findRun([target], 'codebase', wanted)).run
  } catch (error) {
    suggestions = (error as ShipitError).suggestions
    return (error as ShipitError).exitCode
  }
}

type State = 'begun' | 'waiting' | 'gone'

/** Looks for a run that has begun on some of two hosts and waits on others for the lock, behind one that has it and one in line. */
async function findWaiting(wanted: Wanted, hosts: { web1: State; web2?: State }) {
  const ref = { kind: 'branch', name: 'x' } as const
  const waiter = { event: 'waiter', user: 'bob', ref, seconds: 1 } as const
  const holder = { run: id(1), user: 'carol', ref, seconds: 12 }
  const answers = {
    begun: [at({ event: 'status', lock: 'free' }), runEvent({ run: id(3) })],
    waiting: [
      at({ event: 'status', lock: 'held', holder }),
      at({ ...waiter, run: id(2) }),
      at({ ...waiter, run: id(3) }),
      runEvent({ run: id(1) }),
    ],
    gone: [at({ event: 'status', lock: 'free' })],
  }
  const targets = Object.entries(hosts).map(([host, state]) => ({
    ...(host === 'web1' ? gate : other).target((call) =>
      call.say(bareHello(), ...answers[state], at({ event: 'end' })).end(),
    ),
    host,
  }))
  return findRun(targets, 'codebase', wanted)
}

describe('a run that waits for the lock', () => {
  it('is told as one, with 75, behind whom it waits, and what to do', async () => {
    for (const named of [id(3), '20261123']) {
      await assert.rejects(findWaiting({ id: named }, { web1: 'waiting' }), (error: ShipitError) => {
        assert.equal(error.exitCode, 75)
        assert.equal(
          error.message,
          `run ${id(3)} has not begun on 'web1': it is waiting for the lock (2nd in line, behind bob; held by carol for 12 s, branch 'x', run ${id(1)})`,
        )
        assert.deepEqual(error.suggestions, [
          `Watch the one that has the lock: shipit attach --run ${id(1)}`,
          'See when it begins: shipit status',
          `Cancel it: shipit cancel --run ${id(3)}`,
        ])
        return true
      })
    }
  })

  it('is found by who wants to cancel it, where it waits', async () => {
    const { run, told, waiting, errors } = await findWaiting(
      { id: id(3), mayWait: true },
      { web1: 'waiting', web2: 'gone' },
    )
    assert.deepEqual([run, told, errors, waiting.map(({ host }) => host)], [id(3), [], [], ['web1']])
  })

  it('may have been cancelled already: of a whole id each host is asked, of some digits there is nothing to ask', async () => {
    const both = { web1: 'waiting', web2: 'gone' } as const
    const { run, told, targets, waiting } = await findWaiting({ id: id(4), mayWait: true }, both)
    assert.deepEqual([run, told, waiting, targets.map(({ host }) => host)], [id(4), [], [], ['web1', 'web2']])
    await assert.rejects(findWaiting({ id: '20261124', mayWait: true }, both), (error: ShipitError) => {
      assert.equal(error.exitCode, 66)
      assert.ok(
        error.suggestions.includes(
          'A deploy that was cancelled while it waited for the lock is not one of their runs.',
        ),
        error.suggestions.join('\n'),
      )
      return true
    })
  })

  it('is found by one question, however many runs the host has', async () => {
    const ref = { kind: 'branch', name: 'x' } as const
    const runs = Array.from({ length: 200 }, (_, index) =>
      runEvent({ run: `20261120T120000Z-${`${index}`.padStart(16, '0')}` }),
    )
    const asked: string[] = []
    const target = gate.target((call) => {
      asked.push(call.command)
      const waiter = at({ event: 'waiter', user: 'bob', ref, seconds: 1, run: id(3) })
      call
        .say(bareHello(), at({ event: 'status', lock: 'free' }), waiter, ...runs, at({ event: 'end' }))
        .end()
    })
    assert.equal((await findRun([target], 'codebase', { id: id(3), mayWait: true })).waiting.length, 1)
    assert.equal(asked.length, 1)
  })

  it('is found on the hosts where it has begun, and the others have their reason', async () => {
    const both = { web1: 'begun', web2: 'waiting' } as const
    const watched = await findWaiting({ id: id(3) }, both)
    assert.deepEqual(
      [watched.targets, watched.running, watched.waiting, watched.errors].map((all) =>
        all.map(({ host }) => host),
      ),
      [['web1'], ['web1'], [], ['web2']],
    )
    assert.equal(watched.errors[0]?.error.exitCode, 75)
    const ended = await findWaiting({ id: id(3), mayWait: true }, both)
    assert.deepEqual([ended.waiting.map(({ host }) => host), ended.errors], [['web2'], []])
  })
})

describe('the run that is meant', () => {
  it('is the one that goes on, or the newest if that will do', async () => {
    assert.equal(await find('running', { count: 2, running: 1 }), id(1))
    assert.equal(await find('running', { count: 2 }), 66)
    assert.equal(await find('newest', { count: 2 }), id(2))
    assert.equal(await find({ id: id(1) }, { count: 2 }), id(1))
    assert.equal(await find({ id: id(3) }, { count: 2 }), 66)
    // whatever the command was to do with it
    assert.deepEqual(suggestions, [`The newest is ${id(2)}.`, 'All runs: shipit history'])
  })

  it('is picked where none goes on, of the nine newest at most', async () => {
    const offered: string[] = []
    const pick: Pick = (newest) => {
      offered.push(...newest.map(({ run }) => run.run))
      return Promise.resolve(newest[1])
    }
    assert.equal(await find({ pick }, { count: 2, running: 1 }), id(1))
    assert.deepEqual(offered, [])
    assert.equal(await find({ pick }, { count: 9 }), id(8))
    assert.equal(offered.length, 9)
    assert.equal(offered[0], id(9))
  })

  it('is none, with 2, if nobody picks one, and with 66 if there is none to pick', async () => {
    const pick: Pick = () => Promise.resolve(undefined)
    assert.equal(await find({ pick }, { count: 2 }), 2)
    assert.equal(await find({ pick }, { count: 0 }), 66)
  })
})
