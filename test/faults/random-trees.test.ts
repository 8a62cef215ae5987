// The long form of test/remote/step/random-trees.test.ts: 1,000 trees, half of them under an rsync that, as before 3.4, has nothing
// against a symlink that leads out by way of another. About ten minutes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployTrees } from '../remote/support/random-trees.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const SEEDS_EACH = 125
/** Leaves the check of symlinks out. */
const OLD_RSYNC = `for word; do [ "$word" = --safe-links ] || set -- "$@" "$word"; shift; done
exec "$real" "$@"`

describe('random trees', { concurrency: 2 }, () => {
  for (const [index, shell] of ['dash', 'busybox ash'].entries()) {
    assert.ok(SHELLS[shell])
    for (const [rules, before] of [
      ['its own rules of symlinks', undefined],
      ['the rules before 3.4', OLD_RSYNC],
    ] as const) {
      it(`are live whole, or refused before anything is changed, by rsync with ${rules}, under ${shell}`, {
        skip: whyNotShell(shell),
      }, async (t) => {
        const first = 1000 * (index + 1)
        const seeds = Array.from({ length: SEEDS_EACH }, (_, each) => first + each)
        const counts = await deployTrees(seeds, shell, before)
        assert.equal(counts.live + counts.refused, 2 * SEEDS_EACH)
        t.diagnostic(`${counts.live} live, ${counts.refused} refused`)
      })
    }
  }
})
