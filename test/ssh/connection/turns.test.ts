import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../../../src/ssh/connection/turns.ts'

function workFor(ms: number): void {
  for (const beganMs = performance.now(); performance.now() - beganMs < ms; );
}

test('work that takes long gives way to what is due', async () => {
  const turns = new Turns()
  let pieces = 0
  let seen: number | undefined
  setTimeout(() => {
    seen = pieces
  }, 1)
  for (; pieces < 200; pieces++) {
    await turns.next()
    workFor(1)
  }
  assert.ok(seen !== undefined && seen < 100, `the timer had its turn after ${seen} pieces of 200`)
})

test('work that takes no time is done at once', async () => {
  const turns = new Turns()
  let isOver = false
  setImmediate(() => {
    isOver = true
  })
  await turns.next()
  await turns.next()
  assert.equal(isOver, false)
})
