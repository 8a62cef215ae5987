// What doctor's answer says of sudo: a line is told as this app's own by the words of its steps.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileRecipe, rootCommands } from '../../../src/recipe/compile.ts'
import { KINDS, kindOf, type Step } from '../../../src/recipe/step.ts'
import { Folder, remote, runShell } from '../../recipe/support/run-shell.ts'
import { EVERY_KIND, FLAGS, someRecipe } from '../../recipe/support/some-recipe.ts'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const BY_ROOT = EVERY_KIND.filter((step) => kindOf(step).rootArgv)
const inPlan = BY_ROOT.flatMap((step): Step[] =>
  step.kind === 'root' ? [{ ...step, name: `${step.name} in plan`, inPlan: true }] : [],
)

describe('the root steps of an app, as doctor knows them', () => {
  it('are of each kind that root runs', () => {
    const kinds = Object.entries(KINDS).flatMap(([kind, { rootArgv }]) => (rootArgv ? [kind] : []))
    assert.deepEqual([...new Set(BY_ROOT.map(({ kind }) => kind))].sort(), kinds.sort())
  })

  for (const name of Object.keys(SHELLS)) {
    it(`are those of its lines of sudoers, under ${name}`, { skip: whyNotShell(name) }, async () => {
      using folder = new Folder()
      const recipe = someRecipe({ flags: FLAGS, steps: [...BY_ROOT, ...inPlan] })
      const program = folder.write(
        'program',
        `${remote['runner/doctor-sudo']}\n${compileRecipe(recipe, '1.0.0')}\nrecipe_steps print_root_step\n`,
      )
      const { stdout, stderr } = await runShell(name, [program])
      assert.equal(stderr, '')
      const words = rootCommands(recipe).map((command) => command.slice(command.indexOf('5') + 2).join(' '))
      assert.deepEqual(new Set(stdout.toString().trimEnd().split('\n')), new Set(words))
    })
  }
})
