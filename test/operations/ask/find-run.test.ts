import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ShipitError } from '../../../src/errors.ts'
import { findRun, type Pick, type Wanted } from '../../../src/operations/ask/find-run.ts'
import type { Event } from '../../../src/protocol/event.ts'
import { startGate } from '../support/scripted-gate.ts'
import { at, bareHello, outcome, runEvent } from '../support/scripted-run.ts'

const id = (number: number) => `2026112${number}T120000Z-0123456789abcdef`

let gate: Awaited<ReturnType<typeof startGate>>
before(async () => {
  gate = await startGate()
})
after(() => gate.close())

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
