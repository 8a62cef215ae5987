// How errors become text, JSON and exit codes: real processes, whose commands fail in every way.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as errors from '../src/errors.ts'
import { type NodeRun, root, runNode } from './run-node.ts'
import { GITHUB, GITLAB } from './support/ci-variables.ts'

const { EXIT_CODES: _codes, ShipitError: _, ...kinds } = errors
const folder = mkdtempSync(join(tmpdir(), 'shipit-main-'))

function urlOf(path: string): string {
  return pathToFileURL(join(root, path)).href
}

before(() => {
  mkdirSync(join(folder, 'commands'))
  const oclif = { bin: 'shipit', commands: './commands', topicSeparator: ' ' }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'failing', version: '0.0.0', type: 'module', oclif }),
  )
  writeFileSync(
    join(folder, 'commands/fail.js'),
    `import oclif from '${import.meta.resolve('@oclif/core')}'
import * as errors from '${urlOf('src/errors.ts')}'
const { Args, Command, Flags } = oclif
export default class Fail extends Command {
  static args = { kind: Args.string({ required: true }) }
  static flags = {
    branch: Flags.string({ exclusive: ['tag'] }),
    tag: Flags.string(),
    colour: Flags.string({ options: ['red', 'green'] }),
    json: Flags.boolean(),
  }
  async run() {
    const { args: { kind } } = await this.parse(Fail)
    if (kind === 'nothing') return
    if (kind === 'exit') this.exit(3)
    if (kind === 'plain') throw new TypeError('x is not a function')
    if (kind === 'string') throw 'thrown'
    if (kind === 'uncaught') setTimeout(() => { throw new Error('from a timer') })
    if (kind === 'rejected') Promise.reject(new Error('left alone'))
    if (['uncaught', 'rejected', 'unsettled'].includes(kind)) await new Promise(() => {})
    if (kind === 'details') throw new errors.LockedError('it is locked', { details: { host: 'web1' } })
    if (kind === 'hostile') throw new errors.RefusedError('\\x1b[2J\\x1b]0;title\\x07one\\r\\ntwo\\x9b')
    throw new errors[kind]("cannot reach 'web1'", { suggestions: ['Try it later.', 'Ask somebody.'] })
  }
}
`,
  )
})
after(() => rmSync(folder, { recursive: true }))

/** Runs `shipit WORDS` of the failing package, from the sources. */
function fail(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const script = `import { main } from '${urlOf('src/main.ts')}'
await main(${JSON.stringify(words)}, ${JSON.stringify(folder)})`
  return runNode(['--input-type=module', '--eval', script], { env })
}

/** Runs several command lines of the failing package in one process: a process for each takes 0.3 s of CPU time. */
async function failEach(lines: readonly (readonly string[])[]): Promise<NodeRun[]> {
  const script = `import { main } from '${urlOf('src/main.ts')}'
process.setMaxListeners(0)
for (const words of ${JSON.stringify(lines)}) {
  process.exitCode = undefined
  await main(words, ${JSON.stringify(folder)})
  process.stdout.write('\\0' + (process.exitCode ?? 0) + '\\0')
  process.stderr.write('\\0')
}`
  const { stdout, stderr } = await runNode(['--input-type=module', '--eval', script])
  const [out, err] = [stdout.split('\0'), stderr.split('\0')]
  assert.equal(err.length, lines.length + 1)
  return lines.map((_line, index) => ({
    exitCode: Number(out[2 * index + 1]),
    stdout: out[2 * index] ?? '',
    stderr: err[index] ?? '',
  }))
}

describe('each kind of error', { concurrency: true }, () => {
  test('is told on stderr and sets its exit code', async () => {
    const runs = await failEach(Object.keys(kinds).map((name) => ['fail', name]))
    const stderr = "error: cannot reach 'web1'\n  → Try it later.\n  → Ask somebody.\n"
    const expected = Object.values(kinds).map((Kind) => ({
      exitCode: new Kind('').exitCode,
      stdout: '',
      stderr,
    }))
    assert.deepEqual(runs, expected)
  })

  test('is one line of JSON with --json and sets its exit code', async () => {
    const runs = await failEach(Object.keys(kinds).map((name) => ['fail', name, '--json']))
    const suggestions = ['Try it later.', 'Ask somebody.']
    const expected = Object.values(kinds).map((Kind) => {
      const { code, exitCode } = new Kind('')
      const event = { schema: 1, event: 'error', code, exitCode, message: "cannot reach 'web1'", suggestions }
      return { exitCode, stdout: `${JSON.stringify(event)}\n`, stderr: '' }
    })
    assert.deepEqual(runs, expected)
  })

  test('has its details in JSON', async () => {
    const [run] = await failEach([['fail', 'details', '--json']])
    assert.deepEqual((JSON.parse(run?.stdout ?? '') as { details: unknown }).details, { host: 'web1' })
  })
})

describe('in a job on GitHub', { concurrency: true }, () => {
  test('an error is one command of its, and what to do stands below', async () => {
    const run = await fail(['fail', 'ConfigError'], GITHUB)
    assert.deepEqual(run, {
      exitCode: 78,
      stdout: '',
      stderr: "::error::cannot reach 'web1'\n  → Try it later.\n  → Ask somebody.\n",
    })
  })

  test('an error with --json is JSON and no command', async () => {
    const run = await fail(['fail', 'ConfigError', '--json'], GITHUB)
    assert.equal(run.stderr, '')
    assert.match(run.stdout, /^\{"schema":1,"event":"error",.*\}\n$/)
  })

  test('on GitLab it is as everywhere', async () => {
    assert.match((await fail(['fail', 'ConfigError'], GITLAB)).stderr, /^error: cannot reach 'web1'\n/)
  })
})

describe('a usage error', { concurrency: true }, () => {
  test('is told in a sentence, with a way out, and sets 2', async () => {
    const told = {
      'fail nothing --nonsense': "unknown flag '--nonsense'",
      'fail nothing --one --two': "unknown flag '--one', '--two'",
      'fail nothing else': "unexpected argument 'else'",
      fail: 'the argument KIND is missing',
      'fail nothing --branch': 'the flag --branch needs a value',
      'fail nothing --colour blue': "'blue' is not a value of --colour: it takes red, green",
      'fail nothing --branch a --tag b': '--tag and --branch exclude each other: pass one of them',
      'no such': "'no such' is not a command of shipit",
    }
    const runs = await failEach(Object.keys(told).map((line) => line.split(' ')))
    const expected = Object.entries(told).map(([line, message]) => {
      const wayOut =
        line === 'no such'
          ? "'shipit --help' to see the commands"
          : "'shipit fail --help' to see its arguments and flags"
      return { exitCode: 2, stdout: '', stderr: `error: ${message}\n  → Run ${wayOut}.\n` }
    })
    assert.deepEqual(runs, expected)
  })

  test('is JSON with --json', async () => {
    const [run] = await failEach([['fail', 'nothing', '--nonsense', '--json']])
    assert.equal(run?.exitCode, 2)
    const { code, exitCode, message } = JSON.parse(run.stdout) as Record<string, unknown>
    const expected = { code: 'SHIPIT_USAGE', exitCode: 2, message: "unknown flag '--nonsense'" }
    assert.deepEqual({ code, exitCode, message }, expected)
  })

  test('is text when --json stands behind --', async () => {
    const [run] = await failEach([['fail', 'nothing', '--', '--json']])
    assert.equal(run?.stderr.startsWith("error: unexpected argument '--json'"), true)
  })
})

describe('a fault of shipit', { concurrency: true }, () => {
  for (const [kind, message] of [
    ['plain', 'x is not a function'],
    ['string', 'thrown'],
    ['uncaught', 'from a timer'],
    ['rejected', 'left alone'],
  ] as const) {
    test(`ends with 70 and says where to report it: ${kind}`, async () => {
      const run = await fail(['fail', kind])
      assert.equal(run.exitCode, 70)
      assert.equal(run.stdout, '')
      assert.ok(
        run.stderr.includes(`error: ${message}\n  → This is a fault of shipit: please report it at http`),
      )
      if (kind !== 'string') assert.match(run.stderr, /^\w*Error: .*\n {4}at /)
    })
  }

  test('is JSON with --json, and its stack stands on stderr', async () => {
    const run = await fail(['fail', 'plain', '--json'])
    assert.equal(run.exitCode, 70)
    assert.match(run.stderr, /^TypeError: x is not a function\n {4}at /)
    const { code, exitCode, message } = JSON.parse(run.stdout) as Record<string, unknown>
    assert.deepEqual(
      { code, exitCode, message },
      {
        code: 'SHIPIT_FAULT',
        exitCode: 70,
        message: 'x is not a function',
      },
    )
  })

  test('is also a command that neither ends nor waits for anything', async () => {
    const run = await fail(['fail', 'unsettled'])
    assert.equal(run.exitCode, 70)
    assert.match(run.stderr, /error: shipit stopped before the command had finished\n/)
  })
})

describe('the rest', { concurrency: true }, () => {
  test('a command that succeeds ends with 0 and prints nothing more', async () => {
    assert.deepEqual(await fail(['fail', 'nothing']), { exitCode: 0, stdout: '', stderr: '' })
  })

  test('a command may end with a code of its own', async () => {
    assert.deepEqual(await fail(['fail', 'exit']), { exitCode: 3, stdout: '', stderr: '' })
  })

  test('no control character of a host reaches the terminal', async () => {
    const run = await fail(['fail', 'hostile'])
    assert.equal(run.exitCode, 77)
    assert.match(run.stderr, /^error: .*one\ufffd?\ntwo/)
    assert.doesNotMatch(run.stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })

  test('colour is for whoever wants it', async () => {
    const coloured = await fail(['fail', 'LockedError'], { FORCE_COLOR: '1' })
    assert.match(coloured.stderr, /^\x1b\[31merror\x1b\[39m: cannot reach/)
    const plain = await fail(['fail', 'LockedError'], { NO_COLOR: '1' })
    assert.match(plain.stderr, /^error: cannot reach/)
  })
})
