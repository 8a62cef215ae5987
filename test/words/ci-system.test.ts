import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCi } from '../../src/words/ci-system.ts'

test('CI says that it is a job, unless it is empty, 0 or false', () => {
  for (const CI of ['true', '1', 'yes', 'woodpecker']) assert.equal(isCi({ CI }), true, CI)
  for (const CI of [undefined, '', '0', 'false']) assert.equal(isCi({ CI }), false, CI)
})
