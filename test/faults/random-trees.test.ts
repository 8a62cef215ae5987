// The long form of test/remote/step/random-trees.test.ts: 1,000 trees. About ten minutes. rsync's own rules of symlinks, which differ
// between its versions, are not requested, so that there is one rule to try.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployTrees } from '../remote/support/random-trees.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const SEEDS_EACH = 250

describe('random trees', { concurrency: 2 }, () => {
  for (const [index, shell] of ['dash', 'busybox ash'].entries()) {
    assert.ok(SHELLS[shell])
    it(`are live whole, or refused before anything is changed, under ${shell}`, {
      skip: whyNotShell(shell),
    }, async (t) => {
      const first = 1000 * (index + 1)
      const seeds = Array.from({ length: SEEDS_EACH }, (_, each) => first + each)
      const counts = await deployTrees(seeds, shell)
      assert.equal(counts.live + counts.refused, 2 * SEEDS_EACH)
      t.diagnostic(`${counts.live} live, ${counts.refused} refused`)
    })
  }
})
