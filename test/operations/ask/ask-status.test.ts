import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askStatus } from '../../../src/operations/ask/ask-status.ts'
import type { Event } from '../../../src/protocol/event.ts'
import type { HostStatus } from '../../../src/results/host-answer.ts'
import { type Gate, type GateCall, useGate } from '../support/scripted-gate.ts'
import { at, bareHello, onWire, outcome, runEvent } from '../support/scripted-run.ts'

const host = useGate()

async function ask(gate: Gate | undefined, answerLimitMs = 5000): Promise<HostStatus> {
  const [answer] = await askStatus([host.target(gate, { answerLimitMs })], { app: 'codebase' })
  assert.ok(answer)
  return answer
}

const status = at({ event: 'status', lock: 'free' })
const end = at({ event: 'end' })

function answer(call: GateCall, ...events: readonly Event[]): GateCall {
  return call.say(bareHello(), ...events)
}

test('a whole answer has the status, the last run and its outcome', async () => {
  const { error, ...rest } = await ask((call) => answer(call, status, runEvent(), outcome(), end).end())
  assert.equal(error, undefined)
  assert.equal(rest.status?.lock, 'free')
  assert.equal(rest.lastRun?.user, 'alice')
  assert.equal(rest.lastOutcome?.outcome, 'succeeded')
})

test('an answer has ended at its end: what comes afterwards is not waited for', async () => {
  const { error } = await ask((call) => {
    answer(call, status, end)
    setInterval(() => call.say('and on\n'), 5).unref()
  })
  assert.equal(error, undefined)
})

const FAILURES: Record<string, [Gate | undefined, number, RegExp]> = {
  'an answer without its end': [
    (call) => answer(call, status).end(),
    76,
    /stopped in the middle of its answer$/,
  ],
  'an end under another token': [
    (call) =>
      answer(call, status)
        .raw(onWire('0'.repeat(32), end))
        .end(),
    76,
    /^'web1' sent something that is neither an event nor output$/,
  ],
  'an end in the output': [
    (call) => answer(call, status).say(onWire(call.session, end)).end(),
    76,
    /stopped in the middle/,
  ],
  'a refusal': [
    (call) => answer(call, at({ event: 'refused', reason: 'policy', exit: 77 })),
    77,
    /^the policy on 'web1' does not allow you/,
  ],
  'events without an end': [
    (call) => answer(call).raw(onWire(call.session, runEvent()).repeat(13_000)),
    76,
    /^the answer of 'web1' does not end$/,
  ],
  'output without an end': [
    (call) => {
      answer(call, status)
      setInterval(() => call.say('on and on\n'), 1).unref()
    },
    69,
    /did not answer within 0\.3 s$/,
  ],
  'no shipit': [(call) => call.look('no no').end(127), 77, /^shipit is not installed on 'web1'/],
  'a connection that is lost': [(call) => setTimeout(call.die, 20), 69, /was lost before it answered$/],
}

describe('a question has no answer but an error for', () => {
  for (const [name, [gate, exit, message]] of Object.entries(FAILURES)) {
    test(name, async () => {
      const { error, ...rest } = await ask(gate, name === 'output without an end' ? 300 : undefined)
      assert.match(error?.message ?? '', message)
      assert.equal(error?.exitCode, exit)
      assert.deepEqual(rest, { host: 'web1' })
    })
  }
})
