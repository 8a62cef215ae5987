// Progress in the tab of a real terminal, through every way out of a deploy: on the sandbox. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { bin } from '../run-node.ts'
import { whyNoTerminal } from '../ui/support/terminal.ts'
import { checkOutDemo } from './support/sandbox-project.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-tab-')))
after(() => rmSync(base, { recursive: true, force: true }))

const PROGRESS = /\x1b\]9;4;(\d);\d+\x1b\\/g
const CTRL_C = '\x03'

/** Throws in shipit's own process once it has shown a run under way. */
const FAULT = `if (process.argv[1].endsWith('shipit.js')) {
  const { write } = process.stdout
  process.stdout.write = function (text, ...rest) {
    if (String(text).includes(']9;4;1;')) setTimeout(() => { throw new Error('ours') })
    return write.call(this, text, ...rest)
  }
}`

type Doing = { pid: number; type: (keys: string) => void; shows: (words: RegExp) => Promise<void> }

/** Deploys in a terminal, does something once the run is under way, and says what the terminal was sent. */
async function deploy(
  name: string,
  {
    step,
    env = {},
    act,
  }: { step: string; env?: NodeJS.ProcessEnv; act?: (doing: Doing) => Promise<void> | void },
): Promise<{ raw: string; status: number }> {
  const cwd = join(base, name)
  mkdirSync(cwd)
  writeFileSync(
    join(cwd, 'deploy.config.ts'),
    `import { defineConfig, git, sandbox, shell } from '@deploybot/shipit'
export default defineConfig({ app: 'codebase', repository: '/srv/git/codebase.git',
  environments: { sandbox: sandbox({ default: true }) }, steps: [git(), shell('${step}')] })\n`,
  )
  checkOutDemo(cwd)
  const command = `stty cols 100 rows 30; echo $$ >pid; exec '${process.execPath}' '${bin}' deploy`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...{ PATH: process.env.PATH, HOME: base, SHELL: '/bin/sh', TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      ...{ WT_SESSION: 'x', ...env },
    },
  })
  const closed = once(child, 'close')
  let raw = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (raw += text))
  const shows = async (words: RegExp) => {
    const until = Date.now() + 180_000
    while (!words.test(raw) && Date.now() < until) await setTimeout(20)
    assert.match(raw, words)
  }
  if (act) {
    await shows(/\]9;4;1;/)
    const pid = Number(readFileSync(join(cwd, 'pid'), 'utf8'))
    await act({ pid, shows, type: (keys) => void child.stdin.write(keys) })
  }
  const [status] = await closed
  return { raw, status }
}

/** The states that the tab was in; the last one is none. */
function statesOf(raw: string): string[] {
  const states = [...raw.matchAll(PROGRESS)].map(([, state = '']) => state)
  return states.filter((state, at) => state !== states[at - 1])
}

describe('progress in the tab', { skip: whyNoTerminal, concurrency: 2 }, () => {
  test('is cleared after a success and after a failure', async () => {
    const done = await deploy('success', { step: 'sleep 1' })
    assert.equal(done.status, 0, done.raw)
    assert.deepEqual(statesOf(done.raw).slice(-2), ['1', '0'])
    const failed = await deploy('failure', { step: 'exit 3' })
    assert.equal(failed.status, 1, failed.raw)
    assert.equal(statesOf(failed.raw).at(-1), '0')
  })

  test('is cleared after Ctrl-C twice', async () => {
    const { raw, status } = await deploy('interrupted', {
      step: 'sleep 6',
      async act({ type, shows }) {
        type(CTRL_C)
        await shows(/Leave it, cancel it/)
        await shows(/\]9;4;4;/)
        type(CTRL_C)
      },
    })
    assert.equal(status, 130, raw)
    assert.equal(statesOf(raw).at(-1), '0')
  })

  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    test(`is cleared after ${signal}`, async () => {
      const { raw } = await deploy(signal, {
        step: 'sleep 6',
        act: async ({ pid }) => {
          process.kill(pid, signal)
          // in a terminal the first one asks
          await setTimeout(1500)
          if (signal === 'SIGTERM') process.kill(pid, signal)
        },
      })
      assert.equal(statesOf(raw).at(-1), '0')
      assert.match(raw, /left|cancel/)
    })

  test('is cleared after a fault of shipit', async () => {
    const { raw, status } = await deploy('fault', {
      step: 'sleep 6',
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(FAULT)}` },
    })
    assert.equal(status, 70, raw)
    assert.match(raw, /error.*ours/s)
    assert.equal(statesOf(raw).at(-1), '0')
  })
})
