// Symlinks on the way to what an exclude keeps are looked for. What they decide is in test/remote/step/rsync.test.ts.
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { describe } from 'node:test'
import { git, rsync } from '../../../src/recipe/steps.ts'
import { inTurn, outcomeOf, RenderedHost, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

const SITE = '/var/site'
const STEPS = [git(), rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['/data/kept'] })]

describe('a symlink on the way to what an exclude keeps', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      inTurn(name)('is not deleted because find was ended before it', () => {
        const killed = 'case "$*" in *" -type l -path "*) exit 137 ;; esac\nexec "$real" "$@"'
        return withHost(
          new RenderedHost({ shell: name, steps: STEPS, before: { find: killed } }),
          async (host) => {
            host.write('/elsewhere/kept', 'theirs')
            symlinkSync(host.path('/elsewhere'), host.path(`${SITE}/data`))
            host.commit('master', { 'src/f': 'f' })
            const answer = await host.deploy()
            assert.equal(outcomeOf(answer).outcome, 'failed', answer.output)
            assert.match(answer.output, /'find' gave no answer \(exit status 137\)/)
            assert.equal(host.read(`${SITE}/data/kept`), 'theirs')
          },
        )
      })
    })
  }
})
