import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defined } from '../src/defined.ts'

test('leaves out what is undefined, and nothing else', () => {
  const values = { none: undefined, nothing: null, no: false, zero: 0, empty: '' }
  assert.deepEqual(defined(values), { nothing: null, no: false, zero: 0, empty: '' })
})
