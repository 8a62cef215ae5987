// The install script as text, and what it does to a person who is not root. That it installs, the tests of hosts show.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { HOST, renderApp, renderPrograms } from '../../src/install/bundle.ts'
import { renderInstallScript, withInstaller, withoutInstaller } from '../../src/install/install-script.ts'
import { listChecksums, renderInstaller } from '../../src/install/installer.ts'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import type { Recipe } from '../../src/recipe/recipe.ts'
import { Folder, remote, runShell, whyNot } from '../recipe/support/run-shell.ts'
import { commandStep, EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const END = 'SHIPIT_END_OF_FILE'
const recipe = someRecipe({ app: 'unit-test-app', flags: FLAGS, steps: EVERY_KIND })
const render = (each: Recipe) => withInstaller(renderInstallScript(each, remote, '0.1.0'))
const own = (each: Recipe) => withoutInstaller(renderInstallScript(each, remote, '0.1.0'))
const installer = renderInstaller(remote, '0.1.0')
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
  // within the installer: what stands in the script as its text is run then
  const inside = lines.indexOf('run_install() {')
  const run = spawnSync('sh', ['-s', '--', '--no-such-flag'], {
    input: lines.slice(inside).join('\n'),
    encoding: 'utf8',
  })
  assert.match(run.stderr, /^this is not a complete script: .* Nothing was changed$/m)
  assert.equal(run.status, 1)
})

test('a script without its last lines does nothing', () => {
  const inside = script.slice(0, script.indexOf('\nrun_install() {'))
  // an installer that shows that it is run
  const text = script.replace(
    /^take_installer <<[\s\S]*^SHIPIT_END_OF_INSTALLER$/m,
    `echo 'main() { echo "ran $*"; }' >"$LOADED/installer"`,
  )
  const [begin, end] = [text.lastIndexOf('\n{\n'), text.lastIndexOf('}')]
  for (const [shell, words] of [
    ['dash', []],
    ['bash', ['--posix']],
    ['busybox', ['sh']],
  ] as const) {
    if (whyNot(shell)) continue
    const run = (input: string) => {
      const { stdout } = spawnSync(shell, [...words, '-s', '--', '--summary'], { input, encoding: 'utf8' })
      return stdout
    }
    assert.equal(run(text), 'ran --summary\n')
    assert.equal(run(inside), '')
    for (let kept = begin; kept <= end; kept += 1) assert.equal(run(text.slice(0, kept)), '', `${kept}`)
  }
})

describe('a script without the installer', { skip: whyNot('sha256sum') }, () => {
  const run = (files: Record<string, string>, ...words: string[]) => {
    using folder = new Folder()
    // this machine may have an installer of its own
    for (const [name, text] of Object.entries(files))
      folder.write(name, text.replace(/^(find_installer .*) \S+$/m, '$1 /nonexistent/installer'))
    return spawnSync('sh', ['install.sh', ...words], { cwd: folder.path, encoding: 'utf8' })
  }

  test('finds it beside itself', () => {
    const found = run({ 'install.sh': own(recipe), [installer.name]: installer.text }, '--summary')
    assert.deepEqual([found.status, found.stderr], [0, ''])
    assert.match(found.stdout, /^Rights that root gives the app 'unit-test-app'/)
  })

  test('says where it comes from, if there is none', () => {
    const { status, stdout, stderr } = run({ 'install.sh': own(recipe) }, '--summary')
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(
      stderr,
      /^install: this script needs shipit-0\.1\.0-installer\.sh, and it is not here: nothing was changed\ninstall: copy shipit-0\.1\.0-installer\.sh /,
    )
  })

  test('shows its head all the same', () => {
    const { status, stdout } = run({ 'install.sh': own(recipe) }, '--help')
    assert.equal(status, 0)
    assert.match(stdout, /^usage: sh SCRIPT .*\n\nInstalls the app 'unit-test-app'/)
  })

  test('runs nothing of one that was changed', () => {
    const text = `id\n${installer.text}`
    const { status, stdout, stderr } = run({ 'install.sh': own(recipe), [installer.name]: text }, '--summary')
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(
      stderr,
      /needs shipit-0\.1\.0-installer\.sh, and \.\/shipit-0\.1\.0-installer\.sh is another one /,
    )
  })

  test('leaves no copy of it', () => {
    using folder = new Folder()
    // where it is made, since other tests make some, too
    const inFolder = own(recipe).replaceAll(/load_in=\/\w+/g, `load_in=${folder.path}`)
    for (const files of [{ [installer.name]: installer.text }, {}] as Record<string, string>[])
      run({ 'install.sh': inFolder, ...files }, '--summary')
    assert.deepEqual(readdirSync(folder.path), [])
  })
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
  const shop = someRecipe({ app: 'shop', account: 'deploy-shop', steps: [commandStep(['true'])] })
  const least = someRecipe({ steps: [commandStep(['true'])] })

  test('is the installer, which the script of an app does not have', () => {
    assert.doesNotMatch(installer.text, /unit-test-app|\/var\/x/)
    for (const each of [recipe, shop, least])
      assert.equal(renderInstallScript(each, remote, '0.1.0').installer.text, installer.text)
    // what somebody reads who has read the script of another app, or of another recipe
    for (const [each, known] of [
      [own(recipe), own(shop)],
      [own(shop), own(recipe)],
      [own(recipe), own(least)],
    ] as const) {
      const lines = each.split('\n')
      const seen = new Set(known.split('\n'))
      const other = lines.filter((line) => !seen.has(line)).length
      assert.ok(other <= 250, `${other} differ`)
      assert.ok(lines.length <= 600, `${lines.length} lines`)
      assert.ok(each.includes(`#   ${installer.sha256}\n`))
    }
  })

  test('names the services that systemd has to know, and what is asked of each', () => {
    assert.match(script, /^each_service\(\) \{\n\t"\$1" 'reload shop' 'shop\.service' 'reload'\n\t:\n\}$/m)
    assert.match(script, /^\t"\$1" 'reload shop' '\/usr\/bin\/systemctl' 'unit:shop\.service'$/m)
    assert.match(scripts.least, /^each_service\(\) \{\n\t:\n\}$/m)
  })

  test('is what the checksums say', { skip: whyNot('sha256sum') }, () => {
    using folder = new Folder()
    folder.write(installer.name, installer.text)
    const sums = listChecksums(remote, '0.1.0').map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    folder.write('CHECKSUMS', sums.join(''))
    const check = () =>
      spawnSync('sh', ['-c', 'grep shipit-0.1.0 CHECKSUMS | sha256sum -c'], {
        cwd: folder.path,
        encoding: 'utf8',
      })
    assert.equal(check().stdout, `${installer.name}: OK\n`)
    folder.write(installer.name, `${installer.text}id\n`)
    assert.equal(check().status, 1)
  })

  for (const shell of Object.keys(SHELLS)) {
    test(`has the parts of each program in its order (${shell})`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const set = [
        ...['TASK=install', "APP='unit-test-app'", 'SCRIPT_BEGINS=here'],
        // of nothing
        `INSTALLER_SHA256=${createHash('sha256').digest('hex')}`,
      ]
      const joined = [...set, installer.text].join('\n')
      const stub = `
want() { :; }
STAGE=${folder.path}
: | cat >"$STAGE/installer"
stage_shared
`
      const stage = (text: string) => runShell(shell, [folder.write('stage.sh', text + stub)])
      const run = await stage(joined)
      assert.deepEqual([run.status, run.stderr], [0, ''])
      for (const { path, text } of renderPrograms(remote, HOST, '0.1.0'))
        assert.equal(readFileSync(`${folder.path}/root${path}`, 'utf8'), text, path)
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
    for (const end of [END, 'SHIPIT_END_OF_INSTALLER'])
      assert.throws(
        () => withInstaller(renderInstallScript(recipe, { ...remote, gate: `x\n${end}\n` }, '0.1.0')),
        RangeError,
      )
  })
})

describe('the script', { concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    test(`is sh for ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      for (const text of [...Object.values(scripts), own(recipe), installer.text]) {
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
