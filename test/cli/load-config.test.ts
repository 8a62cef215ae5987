// What a config may do while it is loaded, and after: real commands, in a pipe. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { limitFor } from '../../src/cli/load-config.ts'
import { type NodeRun, runShipit } from '../run-node.ts'
import { GITHUB } from '../support/ci-variables.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-load-')))
after(() => rmSync(base, { recursive: true }))

/** A port where nobody listens: asking a host ends at once, with 69. */
const EXPORT = `export default { app: 'codebase', repository: '/srv/x',
  environments: { p: { hosts: [{ name: 'web1', address: '127.0.0.1', port: 1, user: 'alice' }] } },
  steps: [{ step: 'git', options: {} }] }\n`
const REFUSED = 69

let folders = 0

function project(text: string, files: Readonly<Record<string, string>> = {}): string {
  folders += 1
  const folder = join(base, String(folders))
  for (const [name, content] of Object.entries({ 'deploy.config.ts': `${text}\n${EXPORT}`, ...files })) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** Runs `shipit status` with a config of these lines. */
function status(text: string, words: readonly string[] = []): Promise<NodeRun> {
  return runShipit(['status', ...words], { cwd: project(text) })
}

/** The same without the name of the folder. */
function told({ exitCode, stderr }: NodeRun): [number, string] {
  return [exitCode, stderr.replaceAll(/\S*\/deploy\.config\.ts/g, 'CONFIG').replaceAll(/:1:\d+/g, ':1')]
}

test('a config has 60 s where nobody can press Ctrl-C: without a terminal, and in CI with one', () => {
  const limit = (isTTY: boolean | undefined, env: NodeJS.ProcessEnv) =>
    limitFor({ stdin: isTTY === undefined ? {} : { isTTY }, env })
  assert.equal(limit(true, {}), Number.POSITIVE_INFINITY)
  assert.equal(limit(true, { CI: 'false' }), Number.POSITIVE_INFINITY)
  assert.deepEqual([limit(true, { CI: 'true' }), limit(undefined, {})], [60_000, 60_000])
})

describe('a config', { concurrency: 4 }, () => {
  for (const [title, text] of Object.entries({
    'that leaves a timer and a socket, and sets an exit code':
      "import net from 'node:net'\nnet.createServer().listen(0)\nsetInterval(() => {}, 1000)\nprocess.exitCode = 5",
    'that throws late': "setTimeout(() => { throw new Error('late') }, 1)",
    'that ends the process late': 'setTimeout(() => process.exit(3), 1)',
    'that replaces what Node has':
      'process.stdout.write = () => true\nprocess.exit = () => {}\nprocess.send = () => {}\nglobalThis.Promise = undefined',
    'that handles signals and errors, goes elsewhere, and never ends its exit':
      "for (const each of ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection']) process.on(each, () => {})\n" +
      "process.chdir('/')\nprocess.on('exit', () => { for (;;); })",
  })) {
    test(`${title} changes nothing`, async () => {
      const run = await status(text, ['--json'])
      assert.deepEqual(told(run), [REFUSED, ''])
      assert.match(run.stdout, /^\{"schema":1,"event":"host-status","host":"web1",[^\n]*\}\n$/)
    })
  }

  test('that prints does so on stderr, with its children', async () => {
    const text =
      "import { execSync } from 'node:child_process'\nimport { writeSync } from 'node:fs'\n" +
      "console.log('one')\nwriteSync(1, 'two\\n')\nexecSync('echo three', { stdio: 'inherit' })"
    const run = await status(text, ['--json'])
    assert.deepEqual(told(run), [REFUSED, 'one\ntwo\nthree\n'])
    assert.equal(run.stdout.split('\n').length, 2)
    const script = await runShipit(['install'], { cwd: project(text) })
    assert.match(script.stdout, /^#!\/bin\/sh\n/)
  })

  for (const [title, text, why] of [
    ['ends the process', 'process.exit(0)', 'it ended its process, with status 0\n'],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 'its process was ended by SIGKILL\n'],
    ['never settles', 'await new Promise(() => {})', "an 'await' in it never ends\n"],
    [
      'throws in a callback',
      "setTimeout(() => { throw new Error('boom') })\nawait new Promise((done) => setTimeout(done, 9000))",
      'Error: boom\n  at CONFIG:1\n',
    ],
    [
      'rejects a promise of nobody',
      "Promise.reject(new Error('boom'))\nawait new Promise((done) => setTimeout(done, 9000))",
      'Error: boom\n  at CONFIG:1\n',
    ],
  ] as const) {
    test(`that ${title} is at fault by name`, async () => {
      const [exitCode, stderr] = told(await status(text))
      assert.equal(exitCode, 78)
      assert.ok(stderr.startsWith(`error: cannot load CONFIG: ${why}`), stderr)
    })
  }

  for (const [title, text, place] of [
    ['throws', "const x: number = 1\n  throw new Error('boom')", 'line=2,col=9'],
    [
      'throws in a callback',
      "\nsetTimeout(() => { throw new Error('boom') })\nawait new Promise(() => {})",
      'line=2,col=26',
    ],
    ['is no TypeScript', 'const ok = 1\nconst x: = 1', 'line=2,col=10'],
    ['has a mistake', 'export const x = 1', 'line=1,col=18'],
  ] as const) {
    test(`that ${title} is an error of its file, and of the line that is at fault, in a job on GitHub`, async () => {
      const cwd = project(text)
      if (title === 'has a mistake')
        writeFileSync(join(cwd, 'deploy.config.ts'), EXPORT.replace("'codebase'", "'Bad name'"))
      for (const [workspace, file] of [
        [cwd, 'deploy.config.ts'],
        ['/elsewhere', join(cwd, 'deploy.config.ts')],
      ] as const) {
        const env = { ...GITHUB, GITHUB_WORKSPACE: workspace }
        const { exitCode, stderr } = await runShipit(['status'], { cwd, env })
        assert.equal(exitCode, 78)
        const [properties = ''] = /(?<=^::error )[^\n]*?(?=::)/m.exec(stderr) ?? []
        assert.equal(properties, `file=${file},${place}`, stderr)
      }
    })
  }

  test('with two mistakes is two errors in a job on GitHub, each at its line', async () => {
    const cwd = project('')
    writeFileSync(
      join(cwd, 'deploy.config.ts'),
      EXPORT.replace("'codebase'", "'Bad name'").replace("'/srv/x'", "'-x'"),
    )
    const { stderr } = await runShipit(['status'], { cwd, env: { ...GITHUB, GITHUB_WORKSPACE: cwd } })
    assert.match(stderr, /^error: .* has 2 mistakes:$/m)
    assert.deepEqual(
      [...stderr.matchAll(/^::error (.*?)::(\w+) must be /gm)].map(([, place, key]) => `${key} ${place}`),
      ['app file=deploy.config.ts,line=1,col=18', 'repository file=deploy.config.ts,line=1,col=35'],
    )
  })

  test('sees the words of the command line', async () => {
    const run = await status('console.error(process.argv.slice(2).join())', ['--json'])
    assert.equal(told(run)[1], 'status,--json\n')
  })

  test('is not waited for by help', { timeout: 60_000 }, async () => {
    const cwd = project('setInterval(() => {}, 1000)\nawait new Promise(() => {})')
    const run = await runShipit(['deploy', '--help'], { cwd })
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /flags are not shown: cannot load \S+: it did not load within 3 s\.\n/)
  })
})

describe('what else lies in a project', { concurrency: 4 }, () => {
  const BROKEN = { 'package.json': '{ "name": ', '.config/config.json': '{', '.oclifrc': '{' }
  const ACTIVE = {
    'package.json': JSON.stringify({
      name: 'x',
      oclif: { plugins: ['evil'], commands: './evil' },
      cosmiconfig: { searchPlaces: ['evil.js'], $import: 'evil.js' },
    }),
    '.config/config.js': "require('node:fs').writeFileSync('ran', '')",
    '.oclifrc.js': "require('node:fs').writeFileSync('ran', '')",
    '.env': 'SHIPIT_NPM_REGISTRY=http://127.0.0.1:1',
  }
  for (const [title, files] of Object.entries({ broken: BROKEN, 'a program or a setting': ACTIVE })) {
    test(`is none of shipit's business: ${title}`, async () => {
      const cwd = project("import '@deploybot/shipit'", files)
      const run = await runShipit(['status'], { cwd })
      assert.deepEqual(told(run), [REFUSED, ''])
      assert.equal(existsSync(join(cwd, 'ran')), false)
    })
  }

  test('nor is what lies in the home of the person', async () => {
    const home = project('', {
      '.config/shipit/theme.json': '{ "bin": "red" ',
      '.local/share/shipit/package.json': JSON.stringify({
        oclif: { plugins: [{ name: 'evil', type: 'link', root: '..' }] },
      }),
    })
    const run = await runShipit(['status'], { cwd: project(''), env: { HOME: home } })
    assert.deepEqual(told(run), [REFUSED, ''])
  })

  test('a key that imports other files imports none', async () => {
    const cwd = project('', {
      'deploy.config.mts': `export default { $import: './other.json' }\n`,
      'other.json': '{}',
    })
    const run = await runShipit(['status', '--config', 'deploy.config.mts'], { cwd })
    assert.equal(run.exitCode, 78)
    assert.match(run.stderr, /\$import is not a valid key here/)
  })

  test('a config of another kind is not read', async () => {
    const cwd = project('', { 'deploy.yaml': 'app: x\n', 'deploy.json': '{ "app": "x" }' })
    for (const name of ['deploy.yaml', 'deploy.json']) {
      const run = await runShipit(['status', '--config', name], { cwd })
      assert.equal(run.exitCode, 78)
      assert.match(
        run.stderr,
        /this is not the file name of a module\n {2}→ The name of a config ends with \.ts, /,
      )
    }
  })
})
