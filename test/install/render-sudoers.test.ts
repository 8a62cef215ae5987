import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import { compileRecipe } from '../../src/recipe/compile.ts'
import type { Step } from '../../src/recipe/step.ts'
import { Folder, remote, whyNot } from '../recipe/support/run-shell.ts'
import { commandStep, EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'

const recipe = someRecipe({
  flags: FLAGS,
  steps: EVERY_KIND,
  allow: [
    { group: 'web', branches: ['*'], tags: [], verbs: ['deploy'] },
    { group: 'web-admins', branches: ['*'], tags: ['*'], verbs: ['deploy'] },
    { group: 'web', branches: [], tags: ['*'], verbs: ['deploy'] },
  ],
})
describe('the sudoers file', () => {
  /** Its lines but for comments. */
  const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

  test('holds exactly one line for each group, each root step and each build step, and for the repository', () => {
    const { path, mode, text } = renderSudoers(recipe)
    assert.deepEqual([path, mode], ['/etc/sudoers.d/shipit-codebase', '0440'])
    assert.deepEqual(lines(text), [
      '%web ALL=(deploybot) NOPASSWD: /usr/local/libexec/shipit/runner',
      '%web-admins ALL=(deploybot) NOPASSWD: /usr/local/libexec/shipit/runner',
      'deploybot ALL=(root) NOPASSWD: /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/sbin/apachectl restart',
      'deploybot ALL=(root) NOPASSWD: /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/bin/systemctl reload shop.service',
      'deploybot ALL=(build-codebase) NOPASSWD: /usr/local/libexec/shipit/build codebase 9',
      'deploybot ALL=(build-codebase) NOPASSWD: /usr/local/libexec/shipit/build codebase 10',
      'deploybot ALL=(build-codebase) NOPASSWD: /usr/local/libexec/shipit/build codebase stop',
      'deploybot ALL=(read-codebase) NOPASSWD: /usr/local/libexec/shipit/serve codebase',
    ])
    assert.ok(text.endsWith('\n'))
  })

  test('holds the build lines once more for each build account that a rule asks for', () => {
    const { text } = renderSudoers(
      someRecipe({
        steps: [commandStep(['x'], { as: 'build' })],
        allow: [
          { group: 'leads', branches: ['*'], tags: ['*'], verbs: ['deploy'] },
          { group: 'web', branches: ['evil/*'], tags: [], verbs: ['deploy'], buildAs: 'untrusted' },
          { group: 'web', branches: ['x'], tags: ['v*'], verbs: ['deploy'], buildAs: 'untrusted' },
        ],
      }),
    )
    assert.deepEqual(
      lines(text).filter((line) => line.includes('/build ')),
      ['build-codebase', 'build-codebase_untrusted'].flatMap((account) =>
        ['1', 'stop'].map(
          (word) => `deploybot ALL=(${account}) NOPASSWD: /usr/local/libexec/shipit/build codebase ${word}`,
        ),
      ),
    )
  })

  test('gives nothing to root or another account when no step needs them', () => {
    const elsewhere = someRecipe({ repository: 'git@git.example.com:codebase.git' })
    assert.deepEqual(lines(renderSudoers(elsewhere).text), [
      '%deployers ALL=(deploybot) NOPASSWD: /usr/local/libexec/shipit/runner',
    ])
  })

  const restart: Step = {
    kind: 'root',
    name: 'restart',
    phase: 'publish',
    timeout: 60,
    retries: 0,
    argv: ['/usr/sbin/x', 'restart'],
  }

  test('holds the same root command once, with each time limit that it has', () => {
    const steps = [
      restart,
      { ...restart, name: 'again' },
      { ...restart, name: 'longer', timeout: 90, retries: 0 },
    ]
    assert.deepEqual(lines(renderSudoers(someRecipe({ steps })).text).slice(1), [
      'deploybot ALL=(root) NOPASSWD: /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/sbin/x restart',
      'deploybot ALL=(root) NOPASSWD: /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 90 /usr/sbin/x restart',
    ])
  })

  test('has no wildcard, no tag but NOPASSWD, and no character that means something else', () => {
    for (const line of lines(renderSudoers(recipe).text)) {
      assert.match(
        line,
        /^(?:%[a-z-]+|deploybot) ALL=\((?:deploybot|root|(?:build|read)-codebase)\) NOPASSWD: \/[A-Za-z0-9 ._/-]+$/,
      )
      assert.doesNotMatch(line, /NOPASSWD:.*\bALL\b/)
    }
  })

  test('names exactly what the steps call', () => {
    const text = compileRecipe(recipe, '0.1.0')
    // as_root adds itself and timeout -k 5 to these words, call_build the app and the number
    assert.ok(text.includes("\tas_root 60 '/usr/sbin/apachectl' 'restart'\n"))
    assert.match(
      remote['lib/command'] ?? '',
      /exec "\$SUDO" -n -- "\$LIBEXEC\/as-root" \/usr\/bin\/timeout -k 5 "\$@"\n/,
    )
    assert.match(
      remote['step/build-away'] ?? '',
      /"\$SUDO" -n -u "\$BUILDER" -- "\$LIBEXEC\/build" "\$SHIPIT_APP" "\$NUMBER"\n/,
    )
    assert.ok(remote['lib/repository']?.includes('"exec $SUDO -n -u read-$1 -- $LIBEXEC/serve $1 #"'))
  })

  const noVisudo = whyNot('visudo', ['-V'])

  test('is accepted by visudo', { skip: noVisudo }, () => {
    using folder = new Folder()
    const rare = someRecipe({
      app: 'a',
      steps: [commandStep(['x'], { as: 'build' })],
      allow: [{ group: '_g', branches: [], tags: [], verbs: ['deploy'] }],
    })
    for (const each of [recipe, rare, someRecipe()]) {
      const file = folder.write(each.app, renderSudoers(each).text, 0o440)
      const run = spawnSync('visudo', ['-c', '-s', '-f', file], { encoding: 'utf8' })
      assert.equal(run.status, 0, `${run.error ?? ''}${run.stdout}${run.stderr}`)
    }
  })

  test('of two apps do not clash: other names, and both accepted together', { skip: noVisudo }, () => {
    using folder = new Folder()
    const [one, other] = [renderSudoers(recipe), renderSudoers({ ...recipe, app: 'web' })]
    assert.notEqual(one.path, other.path)
    // sudo passes over a file in sudoers.d whose name has a dot or ends with ~ (sudoers(5))
    for (const { path } of [one, other]) assert.match(path, /^\/etc\/sudoers\.d\/[a-z-]+$/)
    folder.write(`sudoers.d/${one.path}`, one.text, 0o440)
    folder.write(`sudoers.d/${other.path}`, other.text, 0o440)
    const both = folder.write(
      'sudoers',
      `@includedir ${dirname(join(folder.path, 'sudoers.d', one.path))}\n`,
      0o440,
    )
    const run = spawnSync('visudo', ['-c', '-s', '-f', both], { encoding: 'utf8' })
    assert.equal(run.status, 0, `${run.error ?? ''}${run.stdout}${run.stderr}`)
    assert.equal(run.stderr, '')
    const shared = lines(one.text).filter((line) => lines(other.text).includes(line))
    assert.deepEqual(
      lines(one.text)
        .filter((line) => !shared.includes(line))
        .every((line) => line.includes('codebase')),
      true,
    )
  })
})
