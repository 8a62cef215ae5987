import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRunId, makeToken } from '../../src/protocol/request.ts'

test('a run id is the time in UTC and random', () => {
  const now = new Date('2026-11-22T12:00:00.789Z')
  assert.match(makeRunId(now), /^20261122T120000Z-[0-9a-f]{16}$/)
  assert.equal(new Set(Array.from({ length: 1000 }, () => makeRunId(now))).size, 1000)
})

test('a session token is 128 random bits', () => {
  assert.match(makeToken(), /^[0-9a-f]{32}$/)
  assert.equal(new Set(Array.from({ length: 1000 }, makeToken)).size, 1000)
})
