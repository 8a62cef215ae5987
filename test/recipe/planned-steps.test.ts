// The client's plan and the host's (remote/lib/steps-to-do.sh) must be the same: the client compares them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderPrograms } from '../../src/install/bundle.ts'
import type { AskedFlag } from '../../src/protocol/request.ts'
import { compileRecipe } from '../../src/recipe/compile.ts'
import { planSteps } from '../../src/recipe/planned-steps.ts'
import type { Step } from '../../src/recipe/step.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { Folder, remote, runShell, targetIn } from './support/run-shell.ts'
import { commandStep, EVERY_KIND, someRecipe } from './support/some-recipe.ts'

const flags = {
  docs: { summary: '' },
  doc: { summary: '' },
  colour: { summary: '', choices: ['red', 'blue', 're'] },
}
const CONDITIONS = [
  undefined,
  'docs',
  '!docs',
  'doc',
  '!doc',
  'colour=red',
  '!colour=red',
  'colour=re',
  '!colour=re',
  'colour=blue',
]
const rootStep: Step = {
  kind: 'root',
  name: 'restart',
  phase: 'publish',
  timeout: 60,
  retries: 0,
  argv: ['/usr/sbin/x'],
}

const recipe = someRecipe({
  flags,
  steps: CONDITIONS.flatMap((when, index): Step[] => [
    commandStep(['true'], { name: `own ${index}`, ...(when === undefined ? {} : { when }) }),
    commandStep(['true'], {
      name: `build ${index}`,
      phase: 'prepare',
      as: 'build',
      ...(when === undefined ? {} : { when }),
    }),
    { ...rootStep, name: `root ${index}`, ...(when === undefined ? {} : { when }) },
  ]),
})

/** Every way to ask for the docs and a colour, and for the flag whose name is a part of another's. */
const ASKED: readonly AskedFlag[][] = [[], [{ name: 'docs' }]].flatMap((docs) => [
  ...[undefined, 'red', 'blue', 're'].map((value) => [
    ...docs,
    ...(value === undefined ? [] : [{ name: 'colour', value }]),
  ]),
  [...docs, { name: 'doc' }],
])

test('a step without a condition is done, and its phase told', () => {
  const steps = planSteps(someRecipe({ steps: EVERY_KIND.slice(0, 2) }), [], 'host')
  assert.deepEqual(steps, [
    { name: 'git', phase: 'prepare' },
    { name: 'rsync src', phase: 'publish' },
  ])
})

test('conditions are a flag, none, or a choice', () => {
  const skipped = (asked: AskedFlag[]) =>
    planSteps(recipe, asked, 'host')
      .filter(({ name }) => name.startsWith('own'))
      .flatMap((step, index) => (step.skipped ? [] : [CONDITIONS[index]]))
  assert.deepEqual(skipped([]), [undefined, '!docs', '!doc', '!colour=red', '!colour=re'])
  assert.deepEqual(skipped([{ name: 'docs' }, { name: 'colour', value: 'red' }]), [
    undefined,
    'docs',
    '!doc',
    'colour=red',
    '!colour=re',
  ])
})

test('in the sandbox root steps are left out; one that a flag leaves out says so first', () => {
  const steps = [rootStep, { ...rootStep, name: 'docs', when: 'docs' }]
  const skipped = (where: 'host' | 'sandbox') =>
    planSteps(someRecipe({ steps }), [], where).map((step) => step.skipped)
  assert.deepEqual(skipped('host'), [undefined, 'flag'])
  assert.deepEqual(skipped('sandbox'), ['sandbox', 'flag'])
})

describe('remote/lib/steps-to-do.sh plans the same for every way to ask', { concurrency: true }, () => {
  const harness = [...ASKED, ...ASKED].map((asked, index) => {
    const given = asked
      .map(({ name, value }) => (value === undefined ? `${name} ` : `${name}=${value} `))
      .join('')
    return `SUDO='${index < ASKED.length ? '/usr/bin/sudo' : ''}'\nREQ_FLAGS=' ${given}'\nplan\nprintf '[%s]\\n' "$PLAN"\n`
  })
  const expected = (['host', 'sandbox'] as const).flatMap((where) =>
    ASKED.map((asked) => planSteps(recipe, asked, where)),
  )

  for (const shell of Object.keys(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const runner = [compileRecipe(recipe, '0.0.0'), ...harness].join('\n')
      const programs = renderPrograms({ ...remote, runner }, targetIn(folder.path), '0.0.0')
      const text = programs.find(({ path }) => path.endsWith('/runner'))?.text ?? ''
      const run = await runShell(shell, [folder.write('runner', text)])
      assert.equal(run.stderr, '')
      const plans = run.stdout
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
      assert.deepEqual(plans, expected)
    })
  }
})
