import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startRuns } from '../../../src/operations/fleet/start-runs.ts'
import type { Event } from '../../../src/protocol/event.ts'
import { type Gate, useGate } from '../support/scripted-gate.ts'
import {
  ended,
  goodRun,
  hello,
  onWire,
  outcome,
  REQUEST,
  runEvent,
  STEPS,
  started,
} from '../support/scripted-run.ts'

const host = useGate()

const telling =
  (...events: Event[]): Gate =>
  (call) =>
    // in one piece, as a host sends what is there already
    call.raw([hello(), ...events].map((event) => onWire(call.session, event)).join('')).end(0)

async function start(gate: Gate) {
  const [result] = await startRuns(
    [host.target(gate, { answerLimitMs: 300 })],
    {
      request: REQUEST,
      steps: STEPS,
    },
    () => undefined,
  )
  assert.ok(result)
  return result
}

test('a run that goes on is left', async () => {
  const gate: Gate = (call) => call.say(hello(), runEvent(), started(1))
  const { outcome: told, error } = await start(gate)
  assert.deepEqual([told, error], [undefined, undefined])
})

test('a run that ended before it could be left is told as it was', async () => {
  const good = await start(telling(...goodRun()))
  assert.deepEqual([good.outcome?.outcome, good.error], ['succeeded', undefined])
  const missing = { outcome: 'failed', exit: 66, number: 1, step: 'git', status: 66, reason: 'ref-not-found' }
  const bad = await start(
    telling(runEvent(), started(1), ended(1, 66), outcome(missing as Parameters<typeof outcome>[0])),
  )
  assert.equal(bad.error?.exitCode, 66)
})

test('a run that was left is not cancelled any more', async () => {
  const cancelling = new AbortController()
  const target = host.target((call) => call.say(hello(), runEvent(), started(1)))
  const [result] = await startRuns([target], { request: REQUEST, steps: STEPS }, () => undefined, {
    cancel: cancelling.signal,
  })
  assert.equal(result?.error, undefined)
  cancelling.abort()
  await setTimeout(100)
  assert.equal(host.calls.length, 1)
})
