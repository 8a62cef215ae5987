import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConnectionError, ProtocolError } from '../../../src/errors.ts'
import { KnownRun } from '../../../src/operations/run/known-run.ts'
import { bareHello, hello, REQUEST, RUN, TIME } from '../support/scripted-run.ts'

const attach = { verb: 'attach', run: RUN, app: 'codebase' } as const
const locked = { time: TIME, event: 'refused', reason: 'locked', exit: 75, inLine: { ahead: 0 } } as const
const lost = new ConnectionError('the link is gone', { isBeforeAll: false })

const seenOf = ({ seen, isUnanswered }: KnownRun) => ({ ...seen, isUnanswered })
const nothing = { begun: false, mayHaveBegun: false, hasPlace: false, isUnanswered: false }

describe('what is known of a run', () => {
  test('that was sent: it may have begun, until its log comes', () => {
    const known = new KnownRun(REQUEST, undefined)
    assert.deepEqual(seenOf(known), nothing)
    known.send(REQUEST)
    assert.deepEqual(seenOf(known), { ...nothing, mayHaveBegun: true })
    known.takeHello(bareHello(), 'web1')
    assert.equal(known.hasBegun, false)
    known.takeHello(hello(), 'web1')
    assert.deepEqual(seenOf(known), { ...nothing, mayHaveBegun: true, begun: true })
    // it began, whatever is asked next
    known.send(attach)
    known.takeHello(bareHello(), 'web1')
    assert.equal(known.hasBegun, true)
  })

  test('whose request had no answer: it may have begun by it, until the host answers', () => {
    const known = new KnownRun(REQUEST, undefined)
    known.send(REQUEST)
    known.fail(REQUEST, lost)
    assert.equal(known.isUnanswered, true)
    // a later try that was not even sent says nothing of the first
    known.fail(REQUEST, new ConnectionError('no route'))
    assert.equal(known.isUnanswered, true)
    known.takeHello(bareHello(), 'web1')
    assert.equal(known.isUnanswered, false)
  })

  test('that was not sent, was only asked after, or failed otherwise: there is no answer to wait for', () => {
    const known = new KnownRun(REQUEST, undefined)
    known.fail(REQUEST, new ConnectionError('no route'))
    known.fail(attach, lost)
    known.fail(REQUEST, new ProtocolError('nonsense'))
    known.send(attach)
    assert.deepEqual(seenOf(known), nothing)
  })

  test('that was turned away: it has not begun, and has its place while it waits', () => {
    const waits = new KnownRun(REQUEST, 60_000)
    waits.send(REQUEST)
    assert.equal(waits.takeRefusal(locked), true)
    assert.deepEqual(seenOf(waits), { ...nothing, hasPlace: true })
    const doesNot = new KnownRun(REQUEST, undefined)
    doesNot.send(REQUEST)
    assert.equal(doesNot.takeRefusal(locked), false)
    assert.deepEqual(seenOf(doesNot), nothing)
  })

  test('that somebody else watched before: its log is taken in from there', () => {
    const known = new KnownRun({ ...attach, offset: 7, events: 1 }, undefined)
    assert.deepEqual(known.place.next, { offset: 7, events: 1 })
    known.send(attach)
    assert.throws(() => known.takeHello(hello(), 'web1'), ProtocolError)
    assert.equal(known.hasBegun, false)
  })
})
