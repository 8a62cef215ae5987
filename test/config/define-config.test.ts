import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineConfig, sandbox } from '../../src/config/define-config.ts'
import { RIGHT } from './support/complaints.ts'

test('defineConfig types a config and leaves it as it is', () => {
  assert.equal(defineConfig(RIGHT), RIGHT)
})

test('sandbox() is an environment without hosts', () => {
  assert.deepEqual(sandbox(), { sandbox: true })
  assert.deepEqual(sandbox({ default: true, branch: 'x' }), { sandbox: true, default: true, branch: 'x' })
})
