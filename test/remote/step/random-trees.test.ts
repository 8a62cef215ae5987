import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deployTrees } from '../support/random-trees.ts'
import { ONE_SHELL } from '../support/rendered-host.ts'

// the long form is in test/faults
it('publish random trees whole, or refuse them before anything is changed', async () => {
  const counts = await deployTrees([100, 101, 107], ONE_SHELL)
  assert.equal(counts.live + counts.refused, 6)
  assert.ok(counts.live > 0)
})
