// The install script as text, and what it does to a person who is not root. That it installs, the tests of hosts show.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { HOST, renderApp, renderPrograms } from '../../src/install/bundle.ts'
import { renderInstallScript, renderUninstallScript } from '../../src/install/install-script.ts'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import { listChecksums } from '../../src/install/shared-part.ts'
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
    } else if (line.endsWith(`<<'${END}'`) || line.endsWith(`<<'${END}' || no_room`)) {
      lines = []
    }
  }
  assert.equal(lines, undefined, 'a file without an end')
  return documents
}

test('the script holds every file of the bundle, word for word', () => {
  const documents = hereDocuments(script)
  for (const { path, text } of [...renderApp(recipe, HOST, '0.1.0'), renderSudoers(recipe)]) {
    // sudo's settings follow in the same one
    const isIt = (each: string) => (path.includes('/sudoers.d/') ? each.startsWith(text) : each === text)
    assert.equal(documents.filter(isIt).length, 1, path)
  }
})

describe('what is the same for all apps', () => {
  const own = (text: string) => text.slice(0, text.indexOf('# ======== shipit 0.1.0'))
  const shop = render(someRecipe({ app: 'shop', account: 'deploy-shop', steps: [commandStep(['true'])] }))

  test('stands below what is for the app, and is the same text', () => {
    const shared = script.slice(own(script).length)
    for (const other of [shop, scripts.least]) assert.equal(other.slice(own(other).length), shared)
    // nothing of the app
    assert.doesNotMatch(shared, /unit-test-app|\/var\/x/)
    // what somebody reads who has read the script of another app, or of another recipe
    for (const [each, known] of [
      [script, shop],
      [shop, script],
      [script, scripts.least],
    ] as const) {
      const lines = own(each).split('\n')
      const seen = new Set(own(known).split('\n'))
      const other = lines.filter((line) => !seen.has(line)).length
      assert.ok(other <= 250, `${other} differ`)
      assert.match(each, new RegExp(`^# Lines 1 to ${lines.length - 1} are for '`, 'm'))
    }
    const { length } = script.split('\n')
    assert.ok(length < 11_500, `${length} lines`)
  })

  test('names the services that systemd has to know, and what is asked of each', () => {
    assert.match(script, /^each_service\(\) \{\n\t"\$1" 'reload shop' 'shop\.service' 'reload'\n\t:\n\}$/m)
    assert.match(script, /^\t"\$1" 'reload shop' '\/usr\/bin\/systemctl' 'unit:shop\.service'$/m)
    assert.match(scripts.least, /^each_service\(\) \{\n\t:\n\}$/m)
  })

  test('is what the checksums say, by the command that the head has', { skip: whyNot('sha256sum') }, () => {
    const sums = listChecksums(remote, '0.1.0').map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    for (const [file, text] of [
      ['install.sh', script],
      ['install.sh', shop],
      ['uninstall.sh', renderUninstallScript('shop', remote, '0.1.0', { purge: true })],
    ] as const) {
      using folder = new Folder()
      folder.write('CHECKSUMS', sums.join(''))
      const command = /^# {3}(sed 1,.*)$/m.exec(text)?.[1] ?? ''
      const check = (content: string) => {
        folder.write(file, content)
        return spawnSync('sh', ['-c', command], { cwd: folder.path, encoding: 'utf8' })
      }
      const good = check(text)
      assert.deepEqual([good.status, good.stdout], [0, `shipit-0.1.0-${file}: OK\n`], good.stderr)
      assert.equal(check(text.replace('set -fu', 'set -f')).status, 0)
      assert.equal(check(text.replace(/main "\$@"\n$/, 'id; main "$@"\n')).status, 1)
    }
  })

  for (const shell of Object.keys(SHELLS)) {
    test(`has the parts of each program in its order (${shell})`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const joined = script.replace(/main "\$@"\n$/, '')
      const stub = `
want() { :; }
stage_file() { cat >"$STAGE/\${3##*/}"; staged_sum=$(sum_of "$STAGE/\${3##*/}"); }
STAGE=${folder.path}
stage_shared
`
      const stage = (text: string) => runShell(shell, [folder.write('stage.sh', text + stub)])
      const run = await stage(joined)
      assert.deepEqual([run.status, run.stderr], [0, ''])
      for (const { path, text } of renderPrograms(remote, HOST, '0.1.0'))
        assert.equal(readFileSync(`${folder.path}/${path.split('/').at(-1)}`, 'utf8'), text, path)
      const changed = await stage(joined.replace('MAX_WORDS=32', 'MAX_WORDS=33'))
      assert.equal(changed.status, 1)
      assert.match(changed.stderr, /^install: the program 'gate' .* checksum .*: nothing was changed$/m)
    })
  }
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
