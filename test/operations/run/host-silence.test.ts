import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ConnectionError, RefusedError, UnknownVerdictError } from '../../../src/errors.ts'
import { HostSilence } from '../../../src/operations/run/host-silence.ts'

const MINUTE_MS = 60_000
const gone = new ConnectionError('no route')

/** A host that was followed until now, and a clock for it. */
function silent(context: TestContext) {
  let now = 5000
  context.mock.method(performance, 'now', () => now)
  const silence = new HostSilence({ host: 'web1', run: 'r' })
  silence.begin()
  return {
    silence,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('a host that says nothing', () => {
  test('is waited for for half an hour', (context) => {
    const { silence, pass } = silent(context)
    for (let tries = 0; tries < 30; tries++) {
      pass(MINUTE_MS)
      silence.giveUpAfterLong(gone)
    }
    pass(1)
    assert.throws(() => silence.giveUpAfterLong(gone), UnknownVerdictError)
  })

  test('is waited for as long once more after it has said something', (context) => {
    const { silence, pass } = silent(context)
    for (let tries = 0; tries < 25; tries++) {
      pass(MINUTE_MS)
      silence.giveUpAfterLong(gone)
    }
    silence.end()
    silence.begin()
    for (let tries = 0; tries < 25; tries++) {
      pass(MINUTE_MS)
      silence.giveUpAfterLong(gone)
    }
  })

  test('is not given up for the hours in which this machine slept', (context) => {
    const { silence, pass } = silent(context)
    pass(MINUTE_MS)
    silence.giveUpAfterLong(gone)
    pass(8 * 60 * MINUTE_MS)
    silence.giveUpAfterLong(gone)
    pass(20 * 1000)
    silence.giveUpAfterLong(gone)
  })

  test('and lets nobody ask is waited for for two minutes', (context) => {
    const { silence, pass } = silent(context)
    const refused = new RefusedError('sudo says no')
    for (let tries = 0; tries <= 12; tries++) {
      pass(10_000)
      silence.countRefusal(refused)
    }
    pass(10_000)
    assert.throws(() => silence.countRefusal(refused), refused)
  })

  test('for minutes, since it boots, and then lets nobody ask, is waited for as long', (context) => {
    const { silence, pass } = silent(context)
    const refused = new RefusedError('sudo says no')
    for (let tries = 0; tries < 10; tries++) {
      pass(30_000)
      silence.giveUpAfterLong(gone)
    }
    for (let tries = 0; tries < 12; tries++) {
      pass(10_000)
      silence.countRefusal(refused)
    }
  })
})
