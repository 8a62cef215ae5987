import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyDeployed } from '../../src/words/paths.ts'

test('says why a host deploys, where that is no change of the app', () => {
  assert.equal(whyDeployed('flags'), 'the live deploy used different flags, so --changed deploys')
  assert.equal(whyDeployed('unknown'), 'the host cannot tell whether anything changed, so --changed deploys')
  assert.deepEqual([whyDeployed('same'), whyDeployed('changed')], [undefined, undefined])
})
