// How releases and checks are compiled, and when a rollback may switch back without preparing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkSteps } from '../../src/config/check/check-steps.ts'
import { publishedFolders } from '../../src/install/bundle.ts'
import { compileRecipe } from '../../src/recipe/compile.ts'
import { planSteps } from '../../src/recipe/planned-steps.ts'
import {
  check,
  command,
  git,
  make,
  releases,
  root,
  rsync,
  service,
  shell,
  type WrittenSteps,
} from '../../src/recipe/steps.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { Folder, runShell, shellcheck, whyNot } from './support/run-shell.ts'
import { someRecipe } from './support/some-recipe.ts'

const flags = { docs: { summary: '' } }

function recipeOf(...steps: WrittenSteps) {
  return someRecipe({ flags, steps: checkSteps(steps, flags).steps })
}

const compile = (...steps: WrittenSteps) => compileRecipe(recipeOf(...steps), '0.0.0')

const app = releases({
  root: '/var/app',
  keep: 3,
  shared: ['uploads', 'var/log', { file: '.env' }],
  from: 'dist/',
})
const build = make('html', { as: 'build', out: 'dist' })
const up = check('http://localhost/?a=1&b=2', { text: "it's ok", onFailure: 'rollback', timeout: 3 })
const everything = compile(git(), build, app, root(['/usr/sbin/apachectl', 'graceful']), up)

test('each is one call of a function of remote/', () => {
  for (const line of [
    "\tmake_release '/var/app' 3 'dist/' full 'uploads' 'var/log' 'file:.env'",
    "\tswitch_release '/var/app' 3 'uploads' 'var/log' 'file:.env'",
    "\tcheck_url 'http://localhost/?a=1&b=2' 200 3 'it'\\''s ok'",
    `\t"$1" 3 'release' own prepare 600 '' 0`,
    `\t"$1" 4 'switch' own publish 600 '' 0`,
    // with time to say what it waited for, the pause between two tries, and what is done when it fails
    `\t"$1" 6 'check localhost' check publish 8 '' 5 2 'rollback'`,
  ])
    assert.ok(everything.split('\n').includes(line), line)
})

test('a service may go back by itself, as a check may', () => {
  const text = compile(service('shop', 'restart', { stays: 5, onFailure: 'rollback' }))
  assert.ok(text.includes(`\t"$1" 1 'restart shop' root publish 105 '' 0 1 'rollback'\n`), text)
  assert.ok(text.includes("\tchange_service 60 'shop.service' restart 30 5\n"))
})

test('a recipe publishes to the folder of its releases', () => {
  assert.deepEqual(publishedFolders(recipeOf(git(), app)), ['/var/app'])
})

test('in the sandbox there is no web server: a check is left out', () => {
  const recipe = recipeOf(up)
  assert.deepEqual(planSteps(recipe, [], 'sandbox')[0]?.skipped, 'sandbox')
  assert.deepEqual(planSteps(recipe, [], 'host')[0]?.skipped, undefined)
})

describe('a rollback may switch back', () => {
  const mayNot = { build, app, run: command(['x'], { name: 'run' }) }
  const listed = (...steps: WrittenSteps) =>
    compile(...steps)
      .split('\n')
      .filter((line) => /^\t"\$1" '\//.test(line))

  test('where no publish step could want what was built', () => {
    assert.deepEqual(listed(git(), build, app, root(['/usr/sbin/x']), up), [`\t"$1" '/var/app' ''`])
    const docs = releases({ root: '/var/docs', name: 'docs', when: 'docs' })
    assert.deepEqual(listed(git(), app, docs, rsync({ from: 'a/', to: '/var/x/', delete: true })), [
      `\t"$1" '/var/app' ''`,
      `\t"$1" '/var/docs' 'docs'`,
    ])
  })

  test('nowhere else', () => {
    assert.deepEqual(listed(git(), build, app, mayNot.run), [])
    assert.deepEqual(listed(git(), build, app, rsync({ from: 'dist/', to: '/var/x/', delete: true })), [])
    assert.deepEqual(listed(git(), shell('x', { phase: 'prepare' }), app, shell('y', { name: 'y' })), [])
    assert.deepEqual(listed(git(), build, up), [])
  })
})

describe('the compiled recipe is sh without findings', { concurrency: true }, () => {
  for (const shellName of Object.keys(SHELLS)) {
    test(shellName, { skip: whyNotShell(shellName) }, async () => {
      using folder = new Folder()
      const run = await runShell(shellName, ['-n', folder.write('recipe', everything)])
      assert.deepEqual([run.status, run.stderr], [0, ''])
    })
  }

  test('shellcheck', { skip: whyNot('shellcheck') }, async () => {
    assert.equal(await shellcheck({ everything }), '')
  })
})
