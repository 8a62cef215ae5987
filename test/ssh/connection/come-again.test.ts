import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { comeAgain } from '../../../src/ssh/connection/come-again.ts'
import { isTurnedAway } from '../../../src/ssh/connection/turned-away.ts'
import { patient } from '../../support/patience.ts'

describe('a client that is turned away', () => {
  it('knows it by what sshd says, or by its silence', () => {
    for (const greeting of ['', 'Exceeded MaxStartups\r\n', 'Not allowed at this time\r\n'])
      assert.ok(isTurnedAway(greeting), greeting)
    for (const greeting of ['HTTP/1.1 400 Bad Request\r\n', 'go away\r\n']) assert.ok(!isTurnedAway(greeting))
  })

  it('comes again, and at last gets in', async () => {
    let attempts = 0
    const attempt = () => {
      attempts += 1
      const result = attempts < 3 ? Promise.reject(new Error('closed')) : Promise.resolve('in')
      return { result, wasTurnedAway: true }
    }
    assert.equal(await comeAgain(attempt, 10_000), 'in')
    assert.equal(attempts, 3)
  })

  it('gives up when the time is over, and at once after any other failure', async () => {
    for (const [wasTurnedAway, limitMs] of [
      [true, 10],
      [false, 10_000],
    ] as const) {
      const began = performance.now()
      const attempt = () => ({ result: Promise.reject(new Error('closed')), wasTurnedAway })
      await assert.rejects(comeAgain(attempt, limitMs), /closed/)
      assert.ok(performance.now() - began < patient(5000))
    }
  })
})
