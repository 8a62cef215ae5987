import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { LONGEST_LOCK_PAUSE_MS } from '../../../src/operations/run/lock-pause.ts'
import { LockWait } from '../../../src/operations/run/lock-wait.ts'
import { REQUEST, TIME } from '../support/scripted-run.ts'

const locked = { time: TIME, event: 'refused', reason: 'locked', exit: 75 } as const
const inLine = { ...locked, inLine: { ahead: 2, behind: 'bob' } }
const policy = { time: TIME, event: 'refused', reason: 'policy', exit: 77 } as const

/** A deploy that waits so long, on a clock that stands still but for `pass`. */
function waiting(context: TestContext, waitMs?: number) {
  context.mock.timers.enable({ apis: ['Date'] })
  return { wait: new LockWait(waitMs), pass: (ms: number) => context.mock.timers.tick(ms) }
}

test('who does not wait is turned away by the first answer, and asks for no place', (context) => {
  const { wait } = waiting(context)
  assert.equal(wait.ask(REQUEST), REQUEST)
  assert.equal(wait.take(locked), false)
  assert.deepEqual([wait.locked, wait.hasPlace, wait.isOver], [undefined, false, false])
})

test('who waits asks for a place, again and again until the time is over', (context) => {
  const { wait, pass } = waiting(context, 1000)
  assert.deepEqual(wait.ask(REQUEST), { ...REQUEST, wait: true })
  assert.equal(wait.take(inLine), true)
  assert.deepEqual([wait.locked, wait.hasPlace], [inLine, true])
  // a host that keeps no more places for this person
  assert.equal(wait.take(locked), true)
  assert.equal(wait.hasPlace, false)
  pass(999)
  assert.equal(wait.take(inLine), true)
  pass(1)
  assert.equal(wait.ask(REQUEST), REQUEST)
  assert.equal(wait.take(locked), false)
  // the last answer that it waited for
  assert.deepEqual([wait.locked, wait.hasPlace], [inLine, true])
})

test('no other refusal is waited for', (context) => {
  const { wait } = waiting(context, 1000)
  assert.equal(wait.take(policy), false)
  assert.equal(wait.locked, undefined)
})

test('it is over once the last answer had its time as well, and only if there was one', (context) => {
  const { wait, pass } = waiting(context, 1000)
  wait.take(locked)
  pass(1000 + LONGEST_LOCK_PAUSE_MS - 1)
  assert.equal(wait.isOver, false)
  pass(1)
  assert.equal(wait.isOver, true)
  assert.equal(new LockWait(-LONGEST_LOCK_PAUSE_MS).isOver, false)
})

test('who is next asks most often', (context) => {
  const { wait } = waiting(context, 1000)
  context.mock.method(Math, 'random', () => 1)
  wait.take({ ...locked, inLine: { ahead: 0 } })
  const next = wait.pauseMs
  wait.take(inLine)
  assert.ok(next < wait.pauseMs, `${next}, ${wait.pauseMs}`)
})
