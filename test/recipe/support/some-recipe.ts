// Recipes for tests.
import type { Recipe } from '../../../src/recipe/recipe.ts'
import type { Step } from '../../../src/recipe/step.ts'

/** A recipe with these changes. */
export function someRecipe(changes: Partial<Recipe> = {}): Recipe {
  return {
    app: 'codebase',
    account: 'deploybot',
    repository: '/srv/git/codebase.git',
    flags: {},
    allow: [{ group: 'deployers', branches: ['*'], tags: ['*'], verbs: ['deploy'] }],
    steps: [gitStep],
    ...changes,
  }
}

export const gitStep: Step = { kind: 'git', name: 'git', phase: 'prepare', timeout: 300, retries: 0 }

const publish = { phase: 'publish', timeout: 600, retries: 0 } as const

/** A step that runs a program. */
export function commandStep(
  argv: readonly string[],
  changes: Partial<Extract<Step, { kind: 'command' }>> = {},
): Step {
  return { kind: 'command', name: 'command', ...publish, argv, in: '.', env: {}, ...changes }
}

/** One of each kind, and of each account. */
export const EVERY_KIND: readonly Step[] = [
  gitStep,
  {
    kind: 'rsync',
    name: 'rsync src',
    ...publish,
    from: 'src/',
    to: '/var/x/src/',
    delete: true,
    exclude: [],
  },
  {
    kind: 'rsync',
    name: 'rsync doc',
    ...publish,
    from: 'doc/',
    to: '/var/x/doc/',
    delete: false,
    exclude: ['*.log', '/cache/'],
    when: 'docs',
  },
  { kind: 'restorecon', name: 'label', ...publish, path: '/var/x/src/app.py' },
  {
    kind: 'restorecon',
    name: 'typed label',
    ...publish,
    path: '/var/x/src/app.py',
    type: 'httpd_sys_script_exec_t',
  },
  {
    kind: 'root',
    name: 'restart',
    phase: 'publish',
    timeout: 60,
    retries: 0,
    argv: ['/usr/sbin/apachectl', 'restart'],
    when: '!docs',
  },
  commandStep(['npm', 'ci', '--omit=dev'], {
    name: 'npm',
    in: 'web',
    env: { NODE_ENV: 'production', A: "it's" },
  }),
  { kind: 'shell', name: 'shell', ...publish, text: 'ls | wc -l', in: '.', env: {} },
  commandStep(['make', 'html'], {
    name: 'make',
    phase: 'prepare',
    in: 'doc',
    as: 'build',
    out: '_build/html',
    when: 'colour=red',
  }),
  {
    kind: 'shell',
    name: 'build',
    phase: 'prepare',
    timeout: 9,
    retries: 0,
    text: 'make && make check',
    in: '.',
    env: { A: '1' },
    as: 'build',
  },
  {
    kind: 'service',
    name: 'reload shop',
    phase: 'publish',
    timeout: 60,
    retries: 0,
    unit: 'shop.service',
    verb: 'reload',
    for: 30,
    stays: 3,
  },
]

/** The flags that EVERY_KIND's steps name. */
export const FLAGS: Recipe['flags'] = {
  docs: { char: 'd', summary: 'the docs' },
  colour: { summary: 'the colour', choices: ['red', 'blue'] },
}
