// How a command ends in the middle of a run when something outside of the run ends it: on the sandbox. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import { bin } from '../run-node.ts'
import { checkOutDemo } from './support/sandbox-project.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-endings-')))
after(() => rmSync(base, { recursive: true, force: true }))

const CONFIG = `import { defineConfig, git, sandbox, shell } from '@deploybot/shipit'
export default defineConfig({ app: 'codebase', repository: '/srv/git/codebase.git',
  environments: { sandbox: sandbox({ default: true }) }, steps: [git(), shell('sleep 4')] })\n`

/** A new project, and shipit in it. */
function project(name: string) {
  const cwd = join(base, name)
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'deploy.config.ts'), CONFIG)
  checkOutDemo(cwd)
  return async (script: string, env: NodeJS.ProcessEnv = {}) => {
    const head = `shipit() { '${process.execPath}' '${bin}' "$@"; }\n`
    const child = spawn('/bin/sh', ['-c', head + script], {
      cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
    })
    const closed = once(child, 'close')
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { status: (await closed)[0] as number | null, stdout, stderr }
  }
}

/** Does this in shipit's own process as soon as the last step of a run has begun. */
function whenRunning(statement: string): NodeJS.ProcessEnv {
  const script = `if (process.argv[1].endsWith('shipit.js')) {
    const { write } = process.stdout
    process.stdout.write = function (text, ...rest) {
      if (String(text).includes('"name":"shell","state":"started"')) setTimeout(() => { ${statement} })
      return write.call(this, text, ...rest)
    }
  }`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` }
}

const GOES_ON = /Run (\S+) continues\.\s.*Watch it again:\s+shipit attach sandbox --run \1$/s

describe('in the middle of a run', { concurrency: true }, () => {
  test('a full disk behind stdout ends no run, and its end is told', {
    skip: !existsSync('/dev/full') && 'there is no /dev/full',
  }, async () => {
    const ways = ['deploy', 'deploy --json'].map((words, index) =>
      project(`full${index}`)(`shipit ${words} >/dev/full`),
    )
    for (const { status, stderr } of await Promise.all(ways)) {
      assert.equal(status, 69)
      assert.match(stderr, /^sandbox: run \S+ succeeded\nerror: cannot write to stdout: ENOSPC: .*\n$/m)
    }
  })

  test('a fault of shipit leaves the run, and says so and how to come back', async () => {
    const run = project('fault')
    const { status, stdout, stderr } = await run(
      'shipit deploy --json',
      whenRunning("throw new Error('ours')"),
    )
    assert.equal(status, 70, stderr)
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { code: string; suggestions: string[] }
    assert.equal(last.code, 'SHIPIT_FAULT')
    const suggested = last.suggestions.slice(0, 2).join('\n')
    assert.match(suggested, GOES_ON)
    const attached = await run(suggested.slice(suggested.lastIndexOf('shipit attach')))
    assert.equal(attached.status, 0, attached.stderr)
  })

  test('so does whatever else ends its process', async () => {
    const { status, stderr } = await project('exit')('shipit deploy --json', whenRunning('process.exit(0)'))
    assert.equal(status, 70)
    assert.match(stderr, /error: shipit stopped before the command had finished\n/)
    assert.match(stderr.trimEnd(), GOES_ON)
  })
})
