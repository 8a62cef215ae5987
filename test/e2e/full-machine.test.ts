// A machine that has no room for another open file or process, by real limits: shipit says so, and never calls it a fault of its own.
// What each place that starts a program does is in test/programs/every-start.test.ts. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { isWhole } from '../support/whole.ts'
import { makeProject, SHIPIT } from './support/sandbox-project.ts'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const project = makeProject()
const home = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-full-')))
after(() => {
  for (const folder of [dirname(project), home]) rmSync(folder, { recursive: true, force: true })
})

type Run = { status: number | null; stdout: string; stderr: string }

function run(
  words: readonly string[],
  { cwd = project, ...env }: NodeJS.ProcessEnv & { cwd?: string } = {},
): Run {
  const [program = '', ...rest] = words
  return spawnSync(program, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', ...env },
    encoding: 'utf8',
    timeout: 180_000,
  })
}

/** With so many open files at most. */
function limited(files: number, words: readonly string[]): Run {
  return run(['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, SHIPIT, ...words])
}

const TAB = ['completion', '--answer', 'zsh', '--', 'deploy', '']

describe('without room for another open file', () => {
  test('a deploy says so, wherever it needs one', () => {
    // below the first Node itself does not start; at the last the gate is called, which asks for more; the short form: each second
    const limits = Array.from({ length: 17 }, (_, at) => 21 + at).filter((_, at) => isWhole || at % 2 === 0)
    const runs = limits.map((files) => limited(files, ['deploy', '--branch', 'x']))
    const said = runs.map(({ stderr }) => stderr).join('')
    assert.doesNotMatch(said, /fault of shipit|TypeError/)
    assert.ok(runs.every(({ status }) => status !== 70))
    const reasons = new Set(said.match(/(?<=^error: |: )cannot start .*$/gm))
    assert.deepEqual([...reasons].toSorted(), [
      "cannot start 'git': too many open files",
      "cannot start 'node': too many open files",
    ])
    for (const { status, stderr } of runs.filter(({ stderr }) => stderr.includes('cannot start'))) {
      assert.equal(status, 69, stderr)
      assert.match(stderr, /ulimit -n 1024\n/)
    }
  })

  test('doctor says so, and blames no sshd: the sandbox needs one for its end of the connection', () => {
    const said = (isWhole ? [24, 25, 26, 27, 28] : [24, 26, 28]).map((files) => limited(files, ['doctor']))
    for (const { status, stdout, stderr } of said) {
      assert.equal(status, 69, stdout + stderr)
      assert.match(stdout + stderr, /too many open files\n.*To allow more in this shell:\n +ulimit -n 1024\n/)
      assert.doesNotMatch(stdout + stderr, /MaxStartups|before the login/)
    }
  })

  test('a Tab shows nothing, and the next one everything', () => {
    for (const files of [23, 24]) {
      const { status, stderr } = limited(files, TAB)
      // a Node that does not start has its own words
      if (status === 0) assert.equal(stderr, '')
    }
    assert.match(run([process.execPath, SHIPIT, ...TAB]).stdout, /^sandbox\tthe sandbox/)
  })
})

/** Lets the process start no other, nor a thread, once Node has those that it needs. */
const NO_MORE = `import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
await stat('/')
spawnSync('prlimit', ['--pid', String(process.pid), '--nproc=1:1'])`

describe('without room for another process', {
  skip:
    spawnSync('prlimit', ['--version']).status !== 0
      ? 'no prlimit here (util-linux)'
      : isRoot &&
        spawnSync('setpriv', ['--version']).status !== 0 &&
        'root has no limit, and no setpriv is here',
}, () => {
  // root is not limited: it gives all to an account that is
  const place = join(home, 'theirs')
  cpSync(project, place, { recursive: true, verbatimSymlinks: true })
  mkdirSync(join(place, 'home'))
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home])
  const plain = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  // the checkout can lie in a folder of root's own
  const reads = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const isOpen = isRoot && run([...plain, process.execPath, '--check', SHIPIT]).status === 0
  const drop = isRoot ? [...plain, ...(isOpen ? [] : reads)] : []
  const as = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run([...drop, process.execPath, SHIPIT, ...words], { cwd: place, HOME: join(place, 'home'), ...env })
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(NO_MORE)}`

  test('a deploy says so', () => {
    const { status, stderr } = as(['deploy', '--branch', 'x'], { NODE_OPTIONS })
    assert.equal(status, 69, stderr)
    assert.match(stderr, /^error: cannot load \S.*: cannot start 'node': too many processes$/m)
    assert.match(stderr, /ulimit -u\n/)
  })

  test('a Tab shows nothing, and the next one everything', () => {
    const { status, stdout, stderr } = as(TAB, { NODE_OPTIONS })
    assert.deepEqual([status, stdout.trim(), stderr], [0, '', ''])
    assert.match(as(TAB).stdout, /^sandbox\tthe sandbox/)
  })
})
