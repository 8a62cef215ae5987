import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TimeLimit } from '../../../src/ssh/connection/time-limit.ts'

test('a limit expires once', async () => {
  let expired = 0
  new TimeLimit(20, () => expired++)
  await sleep(60)
  assert.equal(expired, 1)
})

test('a limit stands still while it is held, by several at once too', async () => {
  let expired = false
  const limit = new TimeLimit(50, () => {
    expired = true
  })
  await Promise.all([limit.hold(() => sleep(60)), limit.hold(() => sleep(90))])
  assert.equal(expired, false)
  await sleep(100)
  assert.equal(expired, true)
})

test('a limit that was ended never expires, even when a hold ends later', async () => {
  let expired = false
  const limit = new TimeLimit(10, () => {
    expired = true
  })
  const held = limit.hold(() => sleep(30))
  limit.end()
  await held
  await sleep(30)
  assert.equal(expired, false)
})
