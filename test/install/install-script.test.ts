// The install script as text, and what it does to a person who is not root. That it installs, the tests of hosts show.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { HOST, renderApp, renderPrograms } from '../../src/install/bundle.ts'
import { renderInstallScript } from '../../src/install/install-script.ts'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import type { Recipe } from '../../src/recipe/recipe.ts'
import { Folder, remote, runShell, whyNot } from '../recipe/support/run-shell.ts'
import { commandStep, EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const END = 'SHIPIT_END_OF_FILE'
const recipe = someRecipe({ app: 'unit-test-app', flags: FLAGS, steps: EVERY_KIND })
const render = (each: Recipe) => renderInstallScript(each, remote, '0.1.0')
const script = render(recipe)
const scripts = { every: script, least: render(someRecipe({ steps: [commandStep(['true'])] })) }
const files = [
  ...renderPrograms(remote, HOST, '0.1.0'),
  ...renderApp(recipe, HOST, '0.1.0'),
  renderSudoers(recipe),
]

test('a script without its first lines changes nothing, wherever it was cut', () => {
  const lines = script.split('\n')
  const first = lines.findIndex((line) => !line.startsWith('#'))
  for (const lost of [first + 1, first + 4, first + 12]) {
    // the flag is wrong, too: whatever happens here, this machine stays as it is
    const run = spawnSync('sh', ['-s', '--', '--no-such-flag'], {
      input: lines.slice(lost).join('\n'),
      encoding: 'utf8',
    })
    assert.deepEqual(
      [run.status, run.stderr],
      [1, 'this script is incomplete: nothing was changed\n'],
      `${lost}`,
    )
  }
})

/** The files that the script writes: what stands between a here-document's head and its end. */
function hereDocuments(text: string): string[] {
  const documents: string[] = []
  let lines: string[] | undefined
  for (const line of text.split('\n')) {
    if (line === END && lines) {
      documents.push(`${lines.join('\n')}\n`)
      lines = undefined
    } else if (lines) {
      lines.push(line)
    } else if (line.endsWith(`<<'${END}'`)) {
      lines = []
    }
  }
  assert.equal(lines, undefined, 'a file without an end')
  return documents
}

test('the script holds every file of the bundle, word for word', () => {
  const documents = hereDocuments(script)
  for (const { path, text } of files) {
    // sudo's settings follow in the same one
    const isIt = (each: string) => (path.includes('/sudoers.d/') ? each.startsWith(text) : each === text)
    assert.equal(documents.filter(isIt).length, 1, path)
  }
})

test('its head names all that it will make', () => {
  const head = script.slice(0, script.indexOf('set -fu'))
  for (const { path } of files) assert.ok(head.includes(path), path)
  for (const name of [
    'deploybot',
    'build-unit-test-app',
    'deployers',
    '/var/x/src',
    '/var/x/doc',
    '/usr/local/bin/shipit-gate',
    '/var/lib/shipit/build/unit-test-app',
  ]) {
    assert.ok(head.includes(name), name)
  }
})

test('it is the same text each time', () => assert.equal(render(recipe), script))

test('it asks for the programs that the recipe needs, and for those of its root steps', () => {
  const needed = (text: string) => /\nNEEDED='(.*)'\n/.exec(text)?.[1]?.split(' ') ?? []
  const always = ['visudo', 'sudo', 'flock', 'setsid', 'timeout', 'tar', 'od', 'awk']
  for (const text of Object.values(scripts))
    assert.deepEqual(
      always.filter((name) => !needed(text).includes(name)),
      [],
    )
  for (const name of ['git', 'rsync', 'make']) {
    assert.deepEqual(
      [needed(scripts.every).includes(name), needed(scripts.least).includes(name)],
      [true, false],
      name,
    )
  }
  assert.match(scripts.every, /\nROOT_PROGRAMS='\/usr\/sbin\/apachectl'\n/)
  assert.match(scripts.least, /\nROOT_PROGRAMS=''\n/)
})

describe('a line that ends a file', () => {
  test('can not come from a recipe: no text of it begins a line', () => {
    const words = [END, `a ${END}`, `'${END}`, `'\\''`]
    const steps = [commandStep(['true', ...words], { env: { A: END } }), { ...commandStep(['x']), name: END }]
    const hostile = someRecipe({ steps, repository: `/${END}/x` })
    const documents = hereDocuments(render(hostile))
    assert.ok(documents.includes(renderApp(hostile, HOST, '0.1.0')[0]?.text ?? ''))
    for (const document of documents) assert.ok(!document.split('\n').includes(END))
  })

  test('is a fault when it does', () => {
    for (const text of [`a\n${END}\nid`, `a\n${END}`]) {
      const steps = [commandStep(['true', `${text}\n`])]
      assert.throws(() => render(someRecipe({ steps })), RangeError)
    }
    assert.throws(() => renderInstallScript(recipe, { ...remote, gate: `x\n${END}\n` }, '0.1.0'), RangeError)
  })
})

describe('the script', { concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    test(`is sh for ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      for (const text of Object.values(scripts)) {
        const run = await runShell(shell, ['-n', folder.write('install.sh', text)])
        assert.deepEqual([run.status, run.stderr], [0, ''])
      }
    })
  }
})

describe('run by a person who is not root, it refuses and makes nothing', () => {
  const isRoot = process.getuid?.() === 0
  const skip = isRoot ? whyNot('setpriv') : false

  for (const [shell, command] of Object.entries(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) || skip }, () => {
      using folder = new Folder()
      const file = folder.write('install.sh', script)
      chmodSync(folder.path, 0o777)
      const nobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
      const [program = '', ...words] = [...nobody, ...command, file]
      const made = [...files.map(({ path }) => path), '/var/lib/shipit/apps/unit-test-app', '/var/x']
      const before = made.filter((path) => existsSync(path))
      const run = spawnSync(program, words, {
        encoding: 'utf8',
        cwd: '/',
        env: { PATH: process.env.PATH, TMPDIR: folder.path },
      })
      assert.deepEqual([run.status, run.stdout, run.stderr], [1, '', 'install: run this as root\n'])
      assert.deepEqual(
        made.filter((path) => existsSync(path)),
        before,
      )
      assert.deepEqual(readdirSync(folder.path), ['install.sh'])
    })
  }
})
