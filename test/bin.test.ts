// bin/shipit.js and the built dist/ behind it. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bin, root, runNode, runShipit } from './run-node.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-bin-'))
after(() => rmSync(folder, { recursive: true }))

/** Prints what oclif itself prints, past the fast path. */
function runMain(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = pathToFileURL(join(root, 'dist/main.js')).href
  const script = `import { main } from '${main}'; await main(${JSON.stringify(words)}, ${JSON.stringify(root)})`
  return runNode(['--input-type=module', '--eval', script], { env })
}

/** Words for node that make it claim another version. */
function pretend(version: string): string[] {
  const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
}

function findOldNode(): string | undefined {
  return [process.env.SHIPIT_OLD_NODE, '/usr/bin/node'].find((node) => {
    if (!node || !existsSync(node)) return false
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1)
    return version.localeCompare('22.18.0', 'en', { numeric: true }) < 0
  })
}

/** one line, and a command on a line of its own */
const NEEDS_NODE =
  /^error: shipit needs Node 22\.18 or newer, and this is v[^\n]*:\n\n {2}npm install --save-dev node@24\n$/

describe('the version guard', { concurrency: true }, () => {
  for (const version of ['12.22.12', '20.20.2', '22.17.1']) {
    test(`refuses Node ${version}, and says how to get a newer one`, async () => {
      const run = await runNode([...pretend(version), bin, '--version'], { cwd: folder })
      assert.equal(run.exitCode, 78)
      assert.equal(run.stdout, '')
      assert.match(run.stderr, NEEDS_NODE)
    })
  }

  for (const [has, version, said] of [
    ['a newer Node', '24.21.0', /This project has Node 24\.21\.0, which npx takes:\n\n {2}npx shipit\n$/],
    ['an old one', '20.20.2', NEEDS_NODE],
    ['one that its script did not bring', undefined, NEEDS_NODE],
  ] as const) {
    test(`says what to do in a project that has ${has}`, async () => {
      const project = join(folder, `has ${version}`)
      mkdirSync(join(project, 'node_modules/node'), { recursive: true })
      mkdirSync(join(project, 'node_modules/.bin'))
      mkdirSync(join(project, 'sub'))
      writeFileSync(
        join(project, 'node_modules/node/package.json'),
        JSON.stringify({ version: version ?? '24.21.0' }),
      )
      if (version) writeFileSync(join(project, 'node_modules/.bin/node'), '')
      for (const cwd of [project, join(project, 'sub')]) {
        const run = await runNode([...pretend('20.20.2'), bin, 'deploy'], { cwd })
        assert.equal(run.exitCode, 78)
        assert.match(run.stderr, said)
      }
    })
  }

  for (const version of ['22.18.0', '24.0.0', '100.0.0']) {
    test(`admits Node ${version}`, async () => {
      const run = await runNode([...pretend(version), bin, '--version'])
      assert.equal(run.exitCode, 0)
    })
  }

  const node = findOldNode()
  test('refuses a real old Node', { skip: node === undefined && 'there is none' }, async () => {
    const run = await runNode([bin, 'deploy'], { cwd: folder, ...(node === undefined ? {} : { node }) })
    assert.equal(run.exitCode, 78)
    assert.match(run.stderr, NEEDS_NODE)
  })

  test('stands in a file that Node 12 can parse', () => {
    // optional chaining, ??, top-level await and static imports of ours are newer, or would be loaded first
    assert.doesNotMatch(readFileSync(bin, 'utf8'), /\?\.[a-z[(]|\?\?|\bawait\b|^import\b/m)
  })
})

describe('the fast path', { concurrency: true }, () => {
  test('prints the version that oclif prints', async () => {
    const [fast, slow] = await Promise.all([runShipit(['--version']), runMain(['--version'])])
    assert.deepEqual(fast, slow)
    assert.match(fast.stdout, /^@deploybot\/shipit\/\d+\.\d+\.\d+\S* \S+ node-v\S+\n$/)
  })

  for (const words of [[], ['--help'], ['-h']]) {
    test(`prints the help that oclif prints: shipit ${words.join(' ')}`, async () => {
      const [fast, slow] = await Promise.all([runShipit(words), runMain(words)])
      assert.deepEqual(fast, slow)
      assert.match(fast.stdout, /^DEPLOY\n {2}deploy /m)
    })
  }

  test('prints the same help for a wide terminal', async () => {
    const [fast, slow] = await Promise.all([runShipit([]), runMain([], { OCLIF_COLUMNS: '200' })])
    assert.equal(fast.stdout, slow.stdout)
  })

  test('leaves a narrow terminal to oclif', async () => {
    const run = await runShipit([], { env: { OCLIF_COLUMNS: '50' } })
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /^ {2}deploy .*\n {2,}\S/m)
  })
})

describe('the command line', { concurrency: true }, () => {
  test('survives a reader that goes away', () => {
    for (const words of ['--help', 'deploy --help', 'install --help']) {
      const script = `{ '${process.execPath}' '${bin}' ${words}; echo "exit $?" >&2; } | head -n 1`
      const run = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', cwd: folder })
      assert.equal(run.stderr, 'exit 0\n')
    }
  })

  test('answers an unknown command with 2', async () => {
    const run = await runShipit(['deplyo'])
    assert.deepEqual(run, {
      exitCode: 2,
      stdout: '',
      stderr:
        "error: 'deplyo' is not a command of shipit\n  → Did you mean:\n      shipit deploy\n" +
        "  → Run 'shipit --help' to see the commands.\n",
    })
  })

  test('answers an unknown flag with 2', async () => {
    for (const command of ['deploy', 'status', 'install']) {
      const run = await runShipit([command, '--nonsense'])
      assert.equal(run.exitCode, 2)
      const suggestion = `  → Run 'shipit ${command} --help' to see its arguments and flags.`
      assert.equal(run.stderr, `error: unknown flag '--nonsense'\n${suggestion}\n`)
    }
  })

  test('answers an argument that it does not know with 2', async () => {
    const { exitCode, stderr } = await runShipit(['completion', 'tcsh'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /^error: 'tcsh' is not one of these: bash, zsh, fish\n/)
  })

  test("understands 'shipit help deploy'", async () => {
    const [words, flag] = await Promise.all([runShipit(['help', 'deploy']), runShipit(['deploy', '--help'])])
    assert.deepEqual(words, flag)
  })

  test('says how to build it when it is not built', async () => {
    const bare = join(folder, 'bare')
    mkdirSync(bare)
    cpSync(join(root, 'bin'), join(bare, 'bin'), { recursive: true })
    cpSync(join(root, 'package.json'), join(bare, 'package.json'))
    for (const words of [[], ['deploy']]) {
      const run = await runNode([join(bare, 'bin/shipit.js'), ...words])
      const stderr = `error: shipit is not built yet: run 'npm run build' in ${bare}\n`
      assert.deepEqual(run, { exitCode: 78, stdout: '', stderr })
    }
  })

  test('keeps compiled code in a folder of the user alone', async () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    const run = await runShipit(['deploy', '--help'], { env: { HOME: home } })
    assert.equal(run.exitCode, 0)
    assert.equal(existsSync(join(home, '.cache/shipit/compile-cache')), true)
  })

  test('makes no home, and nothing in one of somebody else; below /proc it ends', async () => {
    for (const home of [join(folder, 'no-home'), '/proc', '/proc/self', '/dev/null']) {
      const run = await runShipit(['deploy', '--help'], { env: { HOME: home } })
      assert.equal(run.exitCode, 0, home)
    }
    assert.equal(existsSync(join(folder, 'no-home')), false)
    const foreign = join(folder, 'foreign')
    mkdirSync(foreign)
    if (process.getuid?.() !== 0) return
    chownSync(foreign, 1001, 1001)
    await runShipit(['deploy', '--help'], { env: { HOME: foreign } })
    assert.deepEqual(readdirSync(foreign), [])
  })
})

describe('where something is missing', { concurrency: true }, () => {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(
    join(project, 'deploy.config.mjs'),
    `export default { app: 'codebase', repository: '/srv/x', steps: [{ step: 'git', options: {} }],
  environments: { p: { hosts: [{ name: 'web1', address: '127.0.0.1', port: 1 }], ssh: { user: 'alice' } } } }`,
  )
  chmodSync(folder, 0o755)
  const inShell = (script: string, env: Readonly<Record<string, string>> = {}) => {
    const head = `shipit() { '${process.execPath}' '${bin}' "$@"; }\n`
    const { PATH = '', HOME = '' } = process.env
    const options = { cwd: project, env: { PATH, HOME, ...env }, encoding: 'utf8', timeout: 180_000 } as const
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', head + script], options)
    return { exitCode: status, stdout, stderr }
  }

  for (const words of ['--version', '--help', 'deploy --help', 'status', 'status --json', 'install']) {
    test(`says that stdout is full: ${words}`, { skip: !existsSync('/dev/full') }, () => {
      const { exitCode, stderr } = inShell(`shipit ${words} >/dev/full`)
      assert.equal(stderr, 'error: cannot write to stdout: ENOSPC: no space left on device, write\n')
      assert.equal(exitCode, 69)
    })
  }

  test('keeps the exit code of a failure that it can show nowhere', {
    skip: !existsSync('/dev/full'),
  }, () => {
    assert.equal(inShell('shipit status --config none --json >/dev/full').exitCode, 78)
    assert.equal(inShell('shipit status --config none >/dev/full 2>&1').exitCode, 78)
  })

  test('says that the current folder no longer exists', () => {
    const script = 'mkdir gone && cd gone && rmdir ../gone && LANG=C.UTF-8 shipit'
    const stderr = 'error: the current folder no longer exists\n  → Go to the folder of your project.\n'
    assert.deepEqual(inShell(`${script} status`), { exitCode: 78, stdout: '', stderr })
    assert.equal(inShell(`${script} --version`).exitCode, 0)
  })

  const user = 'setpriv --reuid 12345 --regid 12345 --clear-groups'
  const canRead = inShell(`exec ${user} test -r '${bin}'`).exitCode === 0
  test('needs no home and no name of the account', {
    skip: !canRead && 'needs root, and a checkout that other accounts can read',
  }, () => {
    for (const env of ['-u HOME', '-u HOME -u SHELL', 'HOME=', `HOME=${folder}/missing`]) {
      const script = `exec env ${env} ${user} '${process.execPath}' '${bin}' status`
      const { exitCode, stdout, stderr } = inShell(script)
      assert.deepEqual([exitCode, stderr], [69, ''])
      assert.match(stdout, /'web1' \(127\.0\.0\.1:1\) refused the connection/)
    }
  })

  test('takes no .ssh of the current folder for that of an empty HOME', () => {
    mkdirSync(join(project, '.ssh/known_hosts'), { recursive: true })
    // a folder in place of the file would be told, were it looked at
    assert.doesNotMatch(inShell('shipit status', { HOME: '' }).stdout, /known/)
  })
})
