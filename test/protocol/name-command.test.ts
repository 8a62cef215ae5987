import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameCommand } from '../../src/protocol/name-command.ts'

test('a command names its environment before its flags, if one is known', () => {
  assert.equal(nameCommand('deploy --wait 15m', 'production'), 'shipit deploy production --wait 15m')
  assert.equal(nameCommand('status', undefined), 'shipit status')
})
