import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkSteps } from '../../src/config/check/check-steps.ts'
import { findConfig } from '../../src/config/load/find-config.ts'
import { readConfigs } from '../../src/config/load/read-config.ts'
import { APPS, LIBEXEC, renderApp, renderPrograms, STATES } from '../../src/install/bundle.ts'
import { buildSteps, compileRecipe, rootCommands } from '../../src/recipe/compile.ts'
import { digestRecipe, type Recipe } from '../../src/recipe/recipe.ts'
import { quote } from '../../src/recipe/sh/quote.ts'
import type { Step } from '../../src/recipe/step.ts'
import { root } from '../../src/recipe/steps.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { Folder, remote, runShell, shellcheck, targetIn, whyNot } from './support/run-shell.ts'
import { commandStep, EVERY_KIND, FLAGS, gitStep, someRecipe } from './support/some-recipe.ts'

const RUN = '20261122T120000Z-0123456789abcdef'
const everyKind = someRecipe({ flags: FLAGS, steps: EVERY_KIND })

/** A line of text, as hostile as the config lets it be. */
const hostileLine = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\'"\\$`*?[]!#~&|;<>(){} \t=-%'),
    fc.constantFrom('$(id)', '`id`', "'\\''", '%s', '\\n', 'é', '日', '\u0081', '\u0088'),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter((each) => !/[\0-\x08\x0a-\x1f\x7f]/.test(each)),
  ),
  maxLength: 20,
})

/** The lines of a compiled function. */
function body(text: string, name: string): string[] {
  const lines = text.split('\n')
  const from = lines.indexOf(`${name}() {`)
  return lines.slice(from + 1, lines.indexOf('}', from)).map((line) => line.trim())
}

test('the recipe of deploy.config.ts compiles to what fixtures/codebase.sh says', async () => {
  const [{ recipe }] = await readConfigs(findConfig(join(import.meta.dirname, '../..')))
  const golden = readFileSync(join(import.meta.dirname, 'fixtures/codebase.sh'), 'utf8')
  assert.equal(compileRecipe(recipe, '0.0.0'), golden)
})

test('a root step says whether a plan does it as well', () => {
  const steps = [
    root(['/usr/sbin/apachectl', 'configtest'], { inPlan: true }),
    root(['/usr/bin/true'], { inPlan: false }),
  ]
  const text = compileRecipe({ ...everyKind, steps: checkSteps(steps, {}).steps }, '0.0.0')
  assert.deepEqual(body(text, 'step_1'), ["in_plan as_root 60 '/usr/sbin/apachectl' 'configtest'"])
  assert.deepEqual(body(text, 'step_2'), ["as_root 60 '/usr/bin/true'"])
})

test('every kind of step is one call of a function of remote/step.sh', () => {
  const text = compileRecipe(everyKind, '0.0.0')
  const expected = [
    ["fetch_tree '/srv/git/codebase.git'"],
    ["sync_tree 'src/' '/var/x/src/' delete full"],
    ["sync_tree 'doc/' '/var/x/doc/' keep full '*.log' '/cache/'"],
    ["restore_label '/var/x/src/app.py' ''"],
    ["restore_label '/var/x/src/app.py' 'httpd_sys_script_exec_t'"],
    ["as_root 60 '/usr/sbin/apachectl' 'restart'"],
    ["run_command 'web' 'NODE_ENV=production' 'A=it'\\''s' 'npm' 'ci' '--omit=dev'"],
    ["run_command '.' '/bin/sh' '-euc' 'ls | wc -l'"],
    ['build_9 build_away'],
    ['build_10 build_away'],
    ["change_service 60 'shop.service' reload 30 3"],
  ]
  assert.deepEqual(
    EVERY_KIND.map((_, index) => body(text, `step_${index + 1}`)),
    expected,
  )
  assert.deepEqual(body(text, 'build_9'), [`"$1" 'doc' '_build/html' 600 'make' 'html'`])
  assert.deepEqual(body(text, 'build_10'), [`"$1" '.' '' 9 'A=1' '/bin/sh' '-euc' 'make && make check'`])
})

test('the list of steps has number, name, account, phase, time limit and condition', () => {
  assert.deepEqual(body(compileRecipe(everyKind, '0.0.0'), 'recipe_steps'), [
    `"$1" 1 'git' git prepare 300 '' 0`,
    `"$1" 2 'rsync src' own publish 600 '' 0`,
    `"$1" 3 'rsync doc' own publish 600 'docs' 0`,
    `"$1" 4 'label' own publish 600 '' 0`,
    `"$1" 5 'typed label' own publish 600 '' 0`,
    `"$1" 6 'restart' root publish 60 '!docs' 0`,
    `"$1" 7 'npm' command publish 600 '' 0`,
    `"$1" 8 'shell' command publish 600 '' 0`,
    `"$1" 9 'make' build prepare 600 'colour=red' 0`,
    `"$1" 10 'build' build prepare 9 '' 0`,
    // the line of root, and then the wait
    `"$1" 11 'reload shop' root publish 103 '' 0`,
  ])
  assert.deepEqual(buildSteps(everyKind), [9, 10])
})

test('the constants are the digest and the flags in declared order', () => {
  const lines = compileRecipe(everyKind, '0.0.0').split('\n')
  assert.ok(lines.includes(`RECIPE_DIGEST='${digestRecipe(everyKind)}'`))
  assert.ok(lines.includes("RECIPE_FLAGS='docs colour=red,blue'"))
  assert.ok(compileRecipe(someRecipe(), '0.0.0').includes("RECIPE_FLAGS=''\n"))
})

test('the version stands in the heading alone, and does not count', () => {
  const [one, two] = ['1.0.0', '2.0.0'].map((version) => compileRecipe(everyKind, version).split('\n'))
  assert.match(one?.[0] ?? '', /by shipit 1\.0\.0\.$/)
  assert.deepEqual(one?.slice(1), two?.slice(1))
})

test("a root step's time limit stands on root's side, and a command that two steps have is one", () => {
  const step: Step = {
    kind: 'root',
    name: 'x',
    phase: 'publish',
    timeout: 7,
    retries: 0,
    argv: ['/usr/sbin/apachectl', 'restart'],
  }
  const twice = someRecipe({ steps: [step, { ...step, name: 'y' }] })
  assert.deepEqual(rootCommands(twice), [
    ['/usr/bin/timeout', '-k', '5', '7', '/usr/sbin/apachectl', 'restart'],
  ])
})

describe('a compiled recipe is sh without findings', { concurrency: true }, () => {
  const texts = { every: compileRecipe(everyKind, '0.0.0'), least: compileRecipe(someRecipe(), '0.0.0') }
  const hostile = compileRecipe(
    someRecipe({ steps: fc.sample(hostileLine, 100).map((word) => commandStep(['x', word])) }),
    '0.0.0',
  )

  for (const shell of Object.keys(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      for (const text of [...Object.values(texts), hostile]) {
        const run = await runShell(shell, ['-n', folder.write('recipe', text)])
        assert.deepEqual([run.status, run.stderr], [0, ''])
      }
    })
  }

  test('shellcheck', { skip: whyNot('shellcheck') }, async () => {
    assert.equal(await shellcheck(texts), '')
    // what looks like an expansion is literal on purpose
    assert.equal(await shellcheck({ hostile }, 'SC2034,SC2016,SC1003,SC1112,SC1110'), '')
  })
})

describe('the words of a command come to it unchanged', { concurrency: true }, () => {
  const words = [
    ...fc.sample(hostileLine, 300),
    '',
    '$(id)',
    '`id`',
    '*',
    '/*',
    "'",
    '"',
    '\\',
    '-n',
    '--',
    '$HOME',
    '~',
    'a=b',
    '\t',
  ]
  const values = words.slice(0, 100)
  const env = Object.fromEntries(values.map((word, index) => [`V${index}`, word]))
  const text = `printf '%s\\000' ${words.map(quote).join(' ')} "$(printf '%s' "$V0" | tr -d x)" | cat`
  const place = { phase: 'publish', timeout: 9, retries: 0, in: 'a folder' } as const
  const recipe = someRecipe({
    steps: [
      commandStep(['print-words', ...words], { name: 'words', in: 'a folder' }),
      commandStep(['print-values'], { name: 'variables', env }),
      { kind: 'shell', name: 'text', ...place, text, env: { V0: 'xyz' } },
    ],
  })
  const expected = [words, values, [...words, 'yz']]

  for (const shell of Object.keys(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      folder.write('bin/print-words', `#!/bin/sh\nprintf '%s\\000' "$@"\n`, 0o755)
      const names = Object.keys(env).map((name) => `"$${name}"`)
      folder.write('bin/print-values', `#!/bin/sh\nprintf '%s\\000' ${names.join(' ')}\n`, 0o755)
      const target = targetIn(folder.path, `${folder.path}/bin:${process.env.PATH}`)
      for (const file of [
        ...renderPrograms(remote, target, '0.0.0'),
        ...renderApp(recipe, target, '0.0.0'),
      ]) {
        folder.write(file.path, file.text)
      }
      folder.write(`${STATES}/codebase/tree/${RUN}/a folder/x`, '')
      folder.write(`${STATES}/codebase/runs/${RUN}/log`, '')
      for (const [index, texts] of expected.entries()) {
        const step = [`${folder.path}${LIBEXEC}/step`, String(index + 1)]
        const run = await runShell(shell, step, { SHIPIT_APP: 'codebase', SHIPIT_RUN: RUN })
        assert.equal(run.stderr, '')
        assert.deepEqual(run.stdout.toString().split('\0').slice(0, -1), texts)
      }
    })
  }
})

describe('the policy', { concurrency: true }, () => {
  const allow: Recipe['allow'] = [
    { group: 'web', branches: ['master', 'release/*'], tags: ['v*'], verbs: ['deploy'] },
    { group: 'web-admins', branches: ['*'], tags: [], verbs: ['deploy'] },
    { group: 'readers', branches: [], tags: [], verbs: ['deploy'] },
    { group: 'web', branches: ['extra'], tags: [], verbs: ['deploy'] },
    {
      group: 'odd',
      branches: ['a*b*c', '*.x', '[ab]'.replace(/[[\]]/g, '#')],
      tags: ['*'],
      verbs: ['deploy'],
    },
  ]
  const cases: [groups: string, verb: string, ref: string, may: boolean][] = [
    ['web', 'deploy', 'branch/master', true],
    ['web', 'deploy', 'branch/master2', false],
    ['web', 'deploy', 'branch/xmaster', false],
    ['web', 'deploy', 'branch/release/1.2', true],
    ['web', 'deploy', 'branch/release/1/2', true],
    ['web', 'deploy', 'branch/release/', true],
    ['web', 'deploy', 'branch/release', false],
    ['web', 'deploy', 'branch/releases/1', false],
    ['web', 'deploy', 'branch/x/release/1', false],
    ['web', 'deploy', 'tag/v1', true],
    ['web', 'deploy', 'tag/x1', false],
    ['web', 'deploy', 'branch/v1', false],
    ['web', 'deploy', 'tag/master', false],
    ['web', 'deploy', 'branch/extra', true],
    ['web', 'read', '', true],
    ['web-admins', 'deploy', 'branch/anything', true],
    ['web-admins', 'deploy', 'tag/v1', false],
    ['readers', 'read', '', true],
    ['readers', 'deploy', 'branch/master', false],
    ['odd', 'deploy', 'branch/abc', true],
    ['odd', 'deploy', 'branch/a-b-c', true],
    ['odd', 'deploy', 'branch/ab', false],
    ['odd', 'deploy', 'branch/1.x', true],
    ['odd', 'deploy', 'branch/1yx', false],
    ['readers web', 'deploy', 'branch/master', true],
    ['users readers', 'read', '', true],
    ['users', 'read', '', false],
    ['users', 'deploy', 'branch/master', false],
    ['', 'read', '', false],
    // one group's name in another's
    ['we', 'read', '', false],
    ['eb', 'read', '', false],
    ['web-', 'read', '', false],
    ['xweb', 'deploy', 'branch/master', false],
    ['webmasters', 'deploy', 'branch/master', false],
    ['web-admin', 'deploy', 'branch/master', false],
    ['admins', 'deploy', 'branch/master', false],
    // verbs that there are not
    ['web-admins', 'unfreeze', 'branch/master', false],
    ['web-admins', '', 'branch/master', false],
    ['web-admins', '*', '*', false],
  ]
  for (const shell of Object.keys(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const calls = cases.map(
        ([groups, verb, ref]) =>
          `if recipe_policy ' ${groups} ' '${verb}' '${ref}'; then printf 1; else printf 0; fi\n`,
      )
      const script = ['set -fu\nIFS=" "', compileRecipe(someRecipe({ allow }), '0.0.0'), ...calls].join('\n')
      const run = await runShell(shell, [folder.write('policy', script)])
      assert.equal(run.stderr, '')
      const told = [...run.stdout.toString()].map((digit) => digit === '1')
      assert.deepEqual(
        cases.filter(([, , , may], index) => told[index] !== may),
        [],
      )
      assert.equal(told.length, cases.length)
    })
  }
})

describe('the build account of a ref', () => {
  const allow: Recipe['allow'] = [
    { group: 'leads', branches: ['*'], tags: [], verbs: ['deploy'] },
    { group: 'web', branches: ['evil/*', 'x'], tags: [], verbs: ['deploy'], buildAs: 'untrusted' },
    { group: 'all', branches: ['x', 'pr-*'], tags: ['v*'], verbs: [], buildAs: 'outside' },
  ]
  const steps = [commandStep(['make'], { as: 'build' })]
  for (const shell of Object.keys(SHELLS)) {
    test(`is that of the first rule with one, under ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const refs = [
        'branch/evil/a',
        'branch/x',
        'branch/pr-1',
        'tag/v1',
        'branch/master',
        'tag/x',
        'branch/evil',
      ]
      const calls = refs.map((ref) => `recipe_builder '${ref}'; printf '%s ' "$BUILDER"`)
      const script = ['set -fu', compileRecipe(someRecipe({ allow, steps }), '0.0.0'), ...calls].join('\n')
      const run = await runShell(shell, [folder.write('builder', script)])
      assert.deepEqual(run.stdout.toString().trim().split(' '), [
        'build-codebase_untrusted',
        'build-codebase_untrusted',
        'build-codebase_outside',
        'build-codebase_outside',
        'build-codebase',
        'build-codebase',
        'build-codebase',
      ])
    })
  }
})

test('the step that fetches is told the repository as one word', () => {
  const repository = 'git@git.example.com:codebase.git'
  const text = compileRecipe(someRecipe({ repository, steps: [gitStep] }), '0.0.0')
  assert.deepEqual(body(text, 'step_1'), [`fetch_tree '${repository}'`])
  assert.ok(!text.includes(APPS))
})
