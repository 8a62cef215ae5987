// A file as a filter of git stores it is not published because a program gave no answer. What the rest of the part does is in
// test/remote/step.test.ts.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { git, rsync } from '../../../src/recipe/steps.ts'
import { inTurn, outcomeOf, RenderedHost, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

const STEPS = [git(), rsync({ from: 'src/', to: '/var/site/', delete: true })]

describe('files that need a filter', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      for (const [program, words, step] of [
        ['git', '*check-attr*', 'git'],
        ['grep', '"^100 "*', 'git'],
        ['comm', '*', 'rsync src'],
        ['grep', '"-v /$"', 'rsync src'],
      ] as const)
        it(`are not published for want of ${program} (${words})`, () => {
          const killed = `case "$*" in ${words}) exit 137 ;; esac\nexec "$real" "$@"`
          return withHost(
            new RenderedHost({ shell: name, steps: STEPS, before: { [program]: killed } }),
            async (host) => {
              host.commit('master', { '.gitattributes': '*.bin filter=lfs\n', 'src/a.bin': 'a pointer' })
              const answer = await host.deploy()
              const { outcome, step: ended } = outcomeOf(answer)
              assert.deepEqual([outcome, ended], ['failed', step], answer.output)
              assert.equal(host.has('/var/site/a.bin'), false)
            },
          )
        })
    })
  }
})
