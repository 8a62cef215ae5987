// What a step may say, how it is made complete, and the one line that who breaks a rule gets.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkSteps } from '../../../src/config/check/check-steps.ts'
import {
  command,
  git,
  make,
  releases,
  restorecon,
  root,
  rsync,
  shell,
  type WrittenStep,
} from '../../../src/index.ts'
import { STEP_NAME } from '../../../src/protocol/event.ts'
import { complaints, complaintsOf, complaintsOfStep, RIGHT } from '../support/complaints.ts'

const ABSOLUTE = "must be an absolute path, at least two folders deep: '/var/www/site/'"
const IN_COMMIT = "must be a folder of the commit: relative, without '..'"
const SAID = 'must be set: true deletes what the commit does not have, false keeps it'
const ROOT_WORD =
  'has a character with a special meaning in sudoers: use only letters, digits and . _ / @ % + : = , -'
const ROOT_PATH = "must begin with an absolute path: '/usr/sbin/apachectl'"
const PROGRAM = "must begin with a program, without = and not with an option: ['npm', 'ci']"
const NO_STEP = 'is not a step: use git(), rsync(), root(), make(), command(), …'
const COMMON = 'name, when, timeout, retries, phase'

/** Checks that each step is told one line, and that it is this one of steps[2]. */
function tells(cases: readonly (readonly [step: unknown, line: string])[]): void {
  for (const [step, line] of cases) assert.deepEqual(complaintsOfStep(step), [`steps[2]${line}`])
}

const sync = (changes: object) => rsync({ from: 'doc/', to: '/var/codebase/doc/', delete: true, ...changes })

/** A step that is right, complete. */
function complete(step: WrittenStep) {
  const { steps, problems } = checkSteps([step], RIGHT.flags)
  assert.deepEqual(problems, [])
  return steps[0]
}

describe('tells', () => {
  test('what is no step', () => {
    for (const step of [
      git,
      'git',
      3,
      null,
      undefined,
      [],
      {},
      { step: 'toString', options: {} },
      { step: 'scp', options: {} },
    ]) {
      tells([[step, ` ${NO_STEP}`]])
    }
    tells([[{ step: 'git' }, ' must be an object']])
  })

  test('an unknown option which there are', () => {
    tells([
      [git({ branch: 'x' } as object), `.branch is not a valid key here: the keys are ${COMMON}`],
      [
        sync({ exlude: [] }),
        `.exlude is not a valid key here: the keys are ${COMMON}, from, to, delete, exclude, mayBeEmpty, unsafe. Did you mean 'exclude'?`,
      ],
      [
        command(['x'], { cwd: 'x' } as object),
        `.cwd is not a valid key here: the keys are ${COMMON}, in, env, as, out`,
      ],
      [
        root(['/usr/sbin/x'], { env: {} } as object),
        `.env is not a valid key here: the keys are ${COMMON}, inPlan, unsafe`,
      ],
      [
        restorecon('/var/x', { label: 'x' } as object),
        `.label is not a valid key here: the keys are ${COMMON}, type`,
      ],
    ])
  })

  test('the options of every step that have another form', () => {
    tells([
      ...[0, -1, 1.5, '60', 86401, Number.NaN, null].map(
        (timeout) =>
          [git({ name: 'x', timeout } as object), '.timeout must be a whole number from 1 to 86400'] as const,
      ),
      [git({ name: 'x', phase: 'deploy' } as object), ".phase must be 'prepare' or 'publish'"],
      ...['', ' x', '-x', 'a"b', 'a\\b', 'é', 'a\nb', 'x'.repeat(61), 3].map(
        (name) =>
          [
            git({ name } as object),
            '.name must be up to 60 letters, digits, blanks and . _ : / @ + -, and begin with a letter or digit',
          ] as const,
      ),
      [git({ name: 'x', when: true } as object), ".when must be a flag: 'docs', '!docs' or 'colour=red'"],
    ])
  })

  /** What is near enough to ask for. */
  const MEANT: Readonly<Record<string, string>> = {
    doc: 'docs',
    Docs: 'docs',
    '!!docs': '!docs',
    '--docs': 'docs',
    'colour=re': 'colour=red',
  }

  test('a condition that names no flag or choice', () => {
    for (const when of [
      'doc',
      'Docs',
      '!',
      '',
      '!!docs',
      '--docs',
      'docs=red',
      'colour',
      '!colour',
      'colour=',
      'colour=green',
      'colour=re',
      'toString',
      '__proto__',
    ]) {
      const meant = Object.hasOwn(MEANT, when) ? MEANT[when] : undefined
      const question = meant === undefined ? '' : `. Did you mean '${meant}'?`
      tells([[sync({ when }), `.when '${when}' is not a flag or choice of the recipe${question}`]])
    }
    for (const when of ['docs', '!docs', 'colour=red', '!colour=blue'])
      assert.deepEqual(complaintsOfStep(sync({ when })), [])
  })

  test('rsync where to', () => {
    tells([
      [
        sync({ to: 'var/codebase/doc' }),
        ".to must be an absolute path, at least two folders deep: '/var/codebase/doc/'",
      ],
      [sync({ to: './doc/' }), `.to ${ABSOLUTE}`],
      [sync({ to: '/' }), `.to ${ABSOLUTE}`],
      [sync({ to: '/etc/' }), `.to ${ABSOLUTE}`],
      [sync({ to: '/var/../etc/' }), `.to ${ABSOLUTE}`],
      [sync({ to: '/var/./x/' }), `.to ${ABSOLUTE}`],
      [sync({ to: '/var/a b/' }), `.to ${ABSOLUTE}`],
      [sync({ to: 'web1:/var/x/' }), `.to ${ABSOLUTE}`],
      [sync({ to: undefined }), `.to ${ABSOLUTE}`],
    ])
  })

  test('rsync where from', () => {
    tells([
      ...['/', '../doc/', 'doc/../../x/', 'doc/..', '..', '-x/', '', 'do*/', 'd$x/', "d'x/"].map(
        (from) => [sync({ from }), `.from ${IN_COMMIT}`] as const,
      ),
      [sync({ from: '/doc/' }), `.from ${IN_COMMIT}: 'doc/'`],
    ])
  })

  test('rsync to say whether it deletes', () => {
    tells([
      [rsync({ from: 'doc/', to: '/var/codebase/doc/' } as never), `.delete ${SAID}`],
      [sync({ delete: undefined }), `.delete ${SAID}`],
      [sync({ delete: 'no' }), `.delete ${SAID}`],
    ])
  })

  test('rsync what a pattern is', () => {
    tells([
      [sync({ exclude: '*.log' }), '.exclude must be a list of patterns'],
      ...['', '/', '-x', '--rsh=id', 'a b', '[a]', "a'b", 'a\nb'].map(
        (pattern) =>
          [
            sync({ exclude: ['ok', pattern] }),
            '.exclude[1] must be a pattern of letters, digits and . _ * ? / + @ , = -, and not begin with -',
          ] as const,
      ),
    ])
  })

  test('root that sudoers would misread a word', () => {
    for (const character of [...'\\#^ \'"!$&()~;|<>`{}\t\né']) {
      tells([[root(['/usr/sbin/x', `a${character}b`]), `[1] ${ROOT_WORD}`]])
      tells([[root([`/usr/sbin/x${character}`]), `[0] ${ROOT_WORD}`]])
    }
    for (const character of [...'*?[]']) {
      tells([
        [
          root(['/usr/bin/supervisorctl', 'restart', `app:${character}`]),
          '[2] has a wildcard, and the line in sudoers would then let the account run any word there as root: write one step for each word',
        ],
      ])
    }
    for (const word of ['puma@8080.service', 'app:web', 'k=v', 'a,b', 'a+b', '50%'])
      assert.deepEqual(complaintsOfStep(root(['/usr/sbin/x', word])), [])
    tells([[root(['/usr/sbin/x', '']), `[1] ${ROOT_WORD}`]])
  })

  test('root that its program needs a path', () => {
    for (const program of ['./x', '../x', 'usr/sbin/x', '/x', '/usr/../x', '/usr/sbin/', '-x'])
      tells([[root([program, 'restart']), ` ${ROOT_PATH}`]])
    tells([
      [root([]), ' must name a program'],
      [root('/usr/sbin/x restart' as never), " must be a list of words: ['/usr/sbin/x', 'restart']"],
      [root('/usr/sbin/x; id' as never), " must be a list of words: ['/usr/sbin/apachectl', 'restart']"],
      [
        root(['systemctl', 'restart', 'shop']),
        " must begin with an absolute path: '/usr/bin/systemctl' in place of 'systemctl'; or write service('shop', 'restart'), which also waits until it is active",
      ],
      [
        root(['systemctl', 'daemon-reload']),
        " must begin with an absolute path: '/usr/bin/systemctl' in place of 'systemctl'",
      ],
      [root(['purge']), ` ${ROOT_PATH}. On a host, 'command -v purge' says where it is`],
    ])
  })

  test('a command what its words may be', () => {
    tells([
      [command([]), ' must name a program'],
      [command('npm ci' as never), " must be a list of words: ['npm', 'ci']"],
      [command(['']), ` ${PROGRAM}`],
      [command(['-i', 'x']), ` ${PROGRAM}`],
      [command(['A=b', 'x']), ` ${PROGRAM}`],
      [command(['x', 3 as never]), '[1] must be one line of text, without invisible characters'],
      ...['a\nb', 'a\r', '\0', '\x1b[31m', '\x7f', '\x9b', 'a\u202eb', '\u200b', '\u{e0041}'].map(
        (word) =>
          [command(['x', word]), '[1] must be one line of text, without invisible characters'] as const,
      ),
    ])
    assert.deepEqual(complaintsOfStep(command(['x', '', '-a', 'a=b', "it's $(x) `y` *", '\t', 'é'])), [])
  })

  test('a shell step that its text is one line', () => {
    for (const text of ['', 'a\nb', 'a\nSHIPIT_END_OF_FILE\nid', 'a\0', 'a\u2066', 3])
      tells([[shell(text as never), ' must be one line of sh, without invisible characters']])
  })

  test('a command where it is and what it is given', () => {
    tells([
      [command(['x'], { in: '../x' }), `.in ${IN_COMMIT}`],
      [command(['x'], { in: '/tmp' }), `.in ${IN_COMMIT}`],
      [command(['x'], { as: 'build', out: '../x' }), `.out ${IN_COMMIT}`],
      [command(['x'], { as: 'root' as never }), ".as must be 'build', or left out for the app's account"],
      [
        command(['x'], { out: 'dist' }),
        ".out is only for steps with as: 'build': others work in the tree itself",
      ],
      [
        make('html', { out: 'dist' }),
        ".out is only for steps with as: 'build': others work in the tree itself",
      ],
      [make(undefined as never), " make() needs a target, for example make('html')"],
      [command(['x'], { env: 'A=b' as never }), '.env must be { NAME: text }'],
      [command(['x'], { env: { 'A-B': 'x' } }), '.env.A-B must be the name of a variable'],
      [command(['x'], { env: { '1': 'x' } }), '.env.1 must be the name of a variable'],
      [
        command(['x'], { env: { A: 1 as never } }),
        '.env.A must be one line of text, without invisible characters. Put a longer text in a file of the commit, or of the host, and give its path here',
      ],
      [
        command(['x'], { env: { A: 'a\nb' } }),
        '.env.A must be one line of text, without invisible characters. Put a longer text in a file of the commit, or of the host, and give its path here',
      ],
    ])
    assert.deepEqual(
      complaintsOfStep(command(['x'], { in: 'a b/c', env: { A: '', _b: "'" }, as: 'build', out: './dist' })),
      [],
    )
  })

  test('restorecon what it needs', () => {
    tells([
      [restorecon('codebase.py'), " must be an absolute path: '/var/www/site/app.py'"],
      [restorecon('/etc/../x'), " must be an absolute path: '/var/www/site/app.py'"],
      [restorecon('/var/x', { type: 'a:b' }), '.type must be an SELinux type'],
    ])
  })

  test('two steps of one name', () => {
    tells([
      [git(), " has the same name as another step, 'git': give it a different name"],
      [sync({ from: 'src/' }), " has the same name as another step, 'rsync src': give it a different name"],
    ])
    assert.deepEqual(complaintsOfStep(git({ name: 'git again' })), [])
  })

  test('more steps than 40, none, and no list', () => {
    const steps = Array.from({ length: 41 }, (_, index) => git({ name: `git ${index}` }))
    assert.deepEqual(complaintsOf({ steps }), ['steps has more than 40 steps'])
    assert.deepEqual(complaintsOf({ steps: steps.slice(1) }), [])
    assert.deepEqual(complaintsOf({ steps: [] }), ['steps must have at least one step'])
    assert.deepEqual(complaintsOf({ steps: git() }), ['steps must be a list of steps'])
  })

  test('each thing that is wrong in a line of its own', () => {
    const lines = complaints({
      ...RIGHT,
      app: 'A',
      bogus: 1,
      steps: [sync({ from: '/x', to: 'y', delete: 1 }), root(['x', 'a b', 'c d']), git({ when: 'nothing' })],
    })
    assert.deepEqual(lines.map((line) => line.split(' ')[0]).sort(), [
      ...['app', 'bogus', 'steps[0].delete', 'steps[0].from', 'steps[0].to', 'steps[1]', 'steps[1][1]'],
      ...['steps[1][2]', 'steps[2].when'],
    ])
  })

  test('what is wrong between values in the same list as a key that is wrong by itself', () => {
    const { production } = RIGHT.environments
    const lines = complaints({
      ...RIGHT,
      people: 1,
      environments: { production: { ...production, after: 'nowhere' } },
      steps: [sync({}), root(['/bin/sh', '/srv/x'])],
    })
    assert.deepEqual(lines.map((line) => line.split(' ')[0]).sort(), [
      ...['environments.production.after', 'people', 'steps[0]', 'steps[1]'],
    ])
  })

  test('what is wrong beside something that is wrong in the same step', () => {
    const lines = complaints({
      ...RIGHT,
      steps: [
        git(),
        command(['make', 1] as never, { when: 'dcos', out: 'dist', name: 'git' }),
        releases({ root: '/srv/x', keep: 1, name: 'x' }),
        releases({ root: '/srv/y', keep: 2, name: 'x' }),
        root(['/bin/sh', '/srv/x']),
      ].flat(),
    })
    assert.deepEqual(
      lines.map((line) => line.slice(0, 44)),
      [
        'steps[1][1] must be one line of text, withou',
        "steps[1].out is only for steps with as: 'bui",
        "steps[1].when 'dcos' is not a flag or choice",
        'steps[1] has the same name as another step, ',
        'steps[2].keep must be a whole number from 2 ',
        'steps[3].keep must be a whole number from 2 ',
        'steps[4] has the same name as another step, ',
        'steps[5] has the same name as another step, ',
        "steps[6] runs the shell or interpreter '/bin",
      ],
    )
  })

  test('nothing of the order of steps where one of them is not known', () => {
    const lines = complaints({ ...RIGHT, steps: [git({ timeout: 0 }), sync({})] })
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      ['steps[0].timeout'],
    )
  })
})

describe('makes complete', () => {
  test('the time limit and the phase of each kind', () => {
    const told = [
      ...[git(), sync({}), command(['x']), shell('x'), root(['/usr/sbin/x']), restorecon('/var/x')],
      ...[
        make('x'),
        command(['x'], { as: 'build' }),
        make('x', { as: 'build', phase: 'publish' }),
        git({ timeout: 7, phase: 'publish' }),
      ],
    ].map((step) => [complete(step)?.kind, complete(step)?.timeout, complete(step)?.phase])
    assert.deepEqual(told, [
      ['git', 300, 'prepare'],
      ['rsync', 600, 'publish'],
      ['command', 600, 'publish'],
      ['shell', 600, 'publish'],
      ['root', 60, 'publish'],
      ['restorecon', 60, 'publish'],
      ['command', 600, 'prepare'],
      ['command', 600, 'prepare'],
      ['command', 600, 'publish'],
      ['git', 7, 'publish'],
    ])
  })

  test('the name, after what the step does', () => {
    const names = [
      ...[
        git(),
        sync({}),
        sync({ from: './' }),
        root(['/usr/sbin/apachectl', 'restart']),
        restorecon('/var/x/app.py'),
      ],
      ...[
        command(['/usr/bin/npm', 'ci', '--omit=dev']),
        make('html'),
        shell('a | b'),
        command(['x', "it's [31m é"]),
        command(['日本']),
      ],
      command(['x', 'y'.repeat(100)]),
    ].map((step) => complete(step)?.name)
    assert.deepEqual(names, [
      ...[
        'git',
        'rsync doc',
        'rsync .',
        'apachectl restart',
        'restorecon app.py',
        'npm ci --omit-dev',
        'make html',
        'shell',
      ],
      ...['x it-s -31m -', 'command', `x ${'y'.repeat(38)}`],
    ])
  })

  test('a name that events can bear, whatever the words are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (argv) => {
        const { steps } = checkSteps([command(argv)], {})
        for (const step of steps) assert.match(step.name, STEP_NAME)
      }),
    )
  })

  test('where a command runs and with what', () => {
    assert.deepEqual(complete(command(['x', 'y'])), {
      kind: 'command',
      name: 'x y',
      phase: 'publish',
      timeout: 600,
      retries: 0,
      argv: ['x', 'y'],
      in: '.',
      env: {},
    })
    assert.deepEqual(
      complete(make('html', { in: 'doc', out: '_build', as: 'build', when: 'docs', env: { A: 'b' } })),
      {
        ...{
          kind: 'command',
          name: 'make html',
          phase: 'prepare',
          timeout: 600,
          retries: 0,
          argv: ['make', 'html'],
          in: 'doc',
          env: { A: 'b' },
        },
        ...{ as: 'build', out: '_build', when: 'docs' },
      },
    )
    assert.deepEqual(complete(sync({})), {
      ...{
        kind: 'rsync',
        name: 'rsync doc',
        phase: 'publish',
        timeout: 600,
        retries: 0,
        from: 'doc/',
        to: '/var/codebase/doc/',
        delete: true,
        exclude: [],
      },
    })
  })
})
