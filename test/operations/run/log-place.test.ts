import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../../src/errors.ts'
import { LogPlace } from '../../../src/operations/run/log-place.ts'
import { bareHello, hello } from '../support/scripted-run.ts'

test('output and events move the place, and what comes before the log does not', () => {
  const place = new LogPlace()
  place.beginAnswer()
  // of a lock that is taken, say
  place.takeHello(bareHello(), 'web1')
  place.takeEvent()
  assert.deepEqual([place.isInLog, place.next, place.size], [false, { offset: 0, events: 0 }, 0])

  place.beginAnswer()
  place.takeHello(hello(), 'web1')
  place.takeOutput(Buffer.from('grün'))
  place.takeEvent()
  place.takeEvent()
  assert.deepEqual([place.isInLog, place.next, place.size], [true, { offset: 5, events: 2 }, 7])
})

test('the next answer begins at that place, or is refused', () => {
  const place = new LogPlace({ offset: 5, events: 2 })
  place.takeHello(hello({ offset: 5, events: 2 }), 'web1')
  assert.ok(place.isInLog)
  place.beginAnswer()
  assert.ok(!place.isInLog)
  for (const other of [hello(), hello({ offset: 5, events: 3 }), hello({ offset: 4, events: 2 })])
    assert.throws(
      () => place.takeHello(other, 'web1'),
      (error: Error) => error instanceof ProtocolError && error.message.includes("'web1'"),
    )
})
