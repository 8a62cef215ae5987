import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { HOST, publishedFolders, renderApp, renderPrograms } from '../../src/install/bundle.ts'
import { renderInstallScript, withInstaller } from '../../src/install/install-script.ts'
import { REMOTE_NAMES } from '../../src/install/remote-parts.ts'
import { buildAccount, compileRecipe } from '../../src/recipe/compile.ts'
import { Folder, remote, runShell, targetIn } from '../recipe/support/run-shell.ts'
import { EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const recipe = someRecipe({
  flags: FLAGS,
  steps: EVERY_KIND,
  allow: [
    { group: 'web', branches: ['*'], tags: [], verbs: ['deploy'] },
    { group: 'web-admins', branches: ['*'], tags: ['*'], verbs: ['deploy'] },
    { group: 'web', branches: [], tags: ['*'], verbs: ['deploy'] },
  ],
})
const programs = renderPrograms(remote, HOST, '0.1.0')

describe('the programs', { concurrency: true }, () => {
  test('are those that a host needs, each for root to change and for all to read', () => {
    assert.deepEqual(
      programs.map(({ path, mode }) => `${mode} ${path}`),
      ['gate', 'runner', 'run', 'watch', 'step', 'build', 'private', 'serve', 'as-root'].map(
        (name) => `0755 /usr/local/libexec/shipit/${name}`,
      ),
    )
  })

  test('are made of every file of remote/', () => {
    assert.deepEqual([...REMOTE_NAMES].sort(), Object.keys(remote).sort())
    const script = withInstaller(renderInstallScript(recipe, remote, '0.1.0'))
    const texts = [...programs.map((program) => program.text), script]
    for (const [name, text] of Object.entries(remote)) {
      const lines = text.split('\n').filter((line) => !line.includes('@'))
      const longest = lines.reduce((one, other) => (other.length > one.length ? other : one))
      assert.ok(
        texts.some((each) => each.includes(longest)),
        name,
      )
      // where the file cannot be opened, a special builtin ends the shell: what comes after || is never reached
      assert.doesNotMatch(text, /(?:^|[\s;{(]): *>/m, name)
    }
  })

  test('have no placeholder left', () => {
    for (const { path, text } of programs) assert.doesNotMatch(text, /@[A-Z_]+@/, path)
  })

  test('begin with a known state, and have their constants as quoted words', () => {
    for (const { path, text } of programs) {
      assert.ok(text.startsWith('#!/bin/sh\n'), path)
      for (const line of [
        ...[
          "PATH='/usr/sbin:/usr/bin:/sbin:/bin'",
          "VERSION='0.1.0'",
          "PREFIX=''",
          "OWNER='root'",
          "SUDO='/usr/bin/sudo'",
        ],
      ]) {
        assert.ok(text.split('\n').includes(line), `${path}: ${line}`)
      }
    }
  })

  test('judge with the same text, gate and runner', () => {
    const judging = programs.filter(({ text }) => text.includes(remote['lib/judge'] ?? '-'))
    assert.deepEqual(
      judging.map(({ path }) => path.split('/').at(-1)),
      ['gate', 'runner', 'run', 'step', 'build', 'serve'],
    )
  })

  test('of a prefix with blanks and quotes still have it as one word', () => {
    const prefix = "/tmp/it's a $(folder)"
    for (const { text } of renderPrograms(remote, targetIn(prefix), '0.1.0')) {
      assert.ok(text.includes("\nPREFIX='/tmp/it'\\''s a $(folder)'\n"))
    }
  })

  test('are not rendered with a placeholder that has no value', () => {
    assert.throws(() => renderPrograms({ ...remote, gate: 'X=@NOTHING@' }, HOST, '0.1.0'), RangeError)
  })

  for (const shell of Object.keys(SHELLS)) {
    test(`are sh for ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      for (const { path, text } of programs) {
        const run = await runShell(shell, ['-n', folder.write(path, text)])
        assert.deepEqual([run.status, run.stderr], [0, ''], path)
      }
    })
  }
})

describe("an app's files", () => {
  test("are its compiled recipe and git's settings", () => {
    const [compiled, settings] = renderApp(recipe, HOST, '0.1.0')
    assert.deepEqual(compiled, {
      path: '/etc/shipit/apps/codebase/recipe',
      mode: '0644',
      text: compileRecipe(recipe, '0.1.0'),
    })
    assert.deepEqual([settings?.path, settings?.mode], ['/etc/shipit/apps/codebase/git/.gitconfig', '0644'])
  })

  /** What git reads as the safe folders. */
  const safe = (text: string) => {
    using folder = new Folder()
    const file = folder.write('gitconfig', text)
    const run = spawnSync('git', ['config', '--file', file, '--get-all', 'safe.directory'], {
      encoding: 'utf8',
    })
    if (run.error) throw run.error
    assert.equal(run.stderr, '')
    return run.stdout.split('\n').slice(0, -1)
  }

  test('let git read a repository of the host, and none that is elsewhere', () => {
    const settings = (repository: string) =>
      renderApp({ ...recipe, repository }, HOST, '0.1.0')[1]?.text ?? ''
    assert.deepEqual(safe(settings('/srv/git/codebase.git')), ['/srv/git/codebase.git', '*'])
    assert.deepEqual(safe(settings('git@git.example.com:codebase.git')), [])
    assert.deepEqual(safe(settings('https://git.example.com/x.git')), [])
  })

  test("let git read the sandbox's origin, whatever the project's folder is called", () => {
    for (const prefix of [
      '/tmp/x',
      '/tmp/a b',
      '/tmp/a #b',
      '/tmp/a;b',
      '/tmp/a"b',
      '/tmp/a\\nb',
      "/tmp/it's",
    ]) {
      const settings = renderApp(recipe, targetIn(prefix), '0.1.0')[1]?.text ?? ''
      assert.deepEqual(safe(settings), [`${prefix}/srv/git/codebase.git`])
    }
  })
})

test('a recipe publishes to the folders of its rsync steps, each once, without the slash', () => {
  assert.deepEqual(publishedFolders(recipe), ['/var/x/src', '/var/x/doc'])
  assert.deepEqual(publishedFolders({ ...recipe, steps: [...EVERY_KIND, ...EVERY_KIND] }), [
    '/var/x/src',
    '/var/x/doc',
  ])
  assert.deepEqual(publishedFolders(someRecipe()), [])
})

test('the build account is named after the app, and so that no other app can have its name', () => {
  assert.equal(buildAccount('codebase'), 'build-codebase')
  assert.equal(buildAccount('codebase', 'untrusted'), 'build-codebase_untrusted')
})
