// `shipit deploy --help`. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { bin, type NodeRun, runNode, runShipit } from './run-node.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-help-'))
after(() => rmSync(folder, { recursive: true }))

const CONFIG = `export default {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { production: { hosts: ['web1.example.com'] } },
  flags: {
    docs: { char: 'd', summary: 'build and publish the docs' },
    colour: { summary: 'the colour of the page', choices: ['red', 'green'] },
  },
  steps: [{ step: 'git', options: {} }],
}
`

/** A module that names each thing of the network, or of another program, that is used after it; a config is loaded in a process. */
const WATCH = `
import { ChildProcess } from 'node:child_process'
import dns from 'node:dns'
import net from 'node:net'
import { writeSync } from 'node:fs'
for (const [owner, name] of [[net.Socket.prototype, 'connect'], [dns, 'lookup'], [ChildProcess.prototype, 'spawn']]) {
  const original = owner[name]
  owner[name] = function (...words) {
    if (!words[0]?.args?.[1]?.endsWith('/config-process.js')) writeSync(2, 'used ' + name + '\\n')
    return original.apply(this, words)
  }
}
`

function folderWith(name: string, config: string | undefined): string {
  const path = join(folder, name)
  mkdirSync(path)
  if (config !== undefined) writeFileSync(join(path, 'deploy.config.mjs'), config)
  return path
}

/** What help says where it has waited for a config in vain. */
const TOO_LATE = /: it did not load within \d+ s\.$/m
const TRIES = 5

/**
 * Asks for the help of deploy. It waits 3 s for a config, and a machine with much else to do may need them to start a process: that
 * says nothing of help, so it is asked again.
 */
async function helpOfDeploy(cwd: string, words: readonly string[] = []): Promise<NodeRun> {
  for (let tries = 1; ; tries += 1) {
    const run = await runShipit(['deploy', ...words, '--help'], { cwd })
    if (tries === TRIES || !TOO_LATE.test(run.stdout)) return run
  }
}

describe('deploy --help', { concurrency: 2 }, () => {
  test('shows the flags that the recipe declares', async () => {
    const run = await helpOfDeploy(folderWith('declared', CONFIG))
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /^RECIPE FLAGS$/m)
    assert.match(run.stdout, /^ {2}-d, --docs +build and publish the docs$/m)
    assert.match(run.stdout, /^ {6}--colour=<option> +the colour of the page\n +<options: red\|green>$/m)
    assert.match(run.stdout, /^ {2}-b, --branch=NAME /m)
    assert.match(run.stdout, /\[-d\]/)
  })

  test('shows as exclusive what is refused together, and nothing else', async () => {
    const { stdout } = await helpOfDeploy(folderWith('usage', CONFIG))
    const usage = stdout.slice(stdout.indexOf('USAGE'), stdout.indexOf('ARGUMENTS')).replace(/\s+/g, ' ')
    assert.match(usage, /\[--commit SHA \| --from ENVIRONMENT\]/)
    assert.match(usage, /\[--outdated\] \[--partial\] \[--detach\] \[--allow-drift\] \[--dry-run\]/)
  })

  test('looks into the config that --config names', async () => {
    const cwd = folderWith('elsewhere', undefined)
    writeFileSync(join(cwd, 'other.mjs'), CONFIG)
    for (const words of [['--config', 'other.mjs'], ['--config=other.mjs']]) {
      const run = await helpOfDeploy(cwd, words)
      assert.match(run.stdout, /--docs/)
    }
  })

  test('contacts no host and starts no program', async () => {
    const cwd = folderWith('quiet', CONFIG)
    const watch = `data:text/javascript,${encodeURIComponent(WATCH)}`
    for (const command of ['deploy', 'status', 'install']) {
      const run = await runNode(['--import', watch, bin, command, '--help'], { cwd })
      assert.deepEqual({ ...run, stdout: '' }, { exitCode: 0, stdout: '', stderr: '' })
    }
  })

  for (const [title, config, reason] of [
    ['missing', undefined, 'no deploy.config.ts in '],
    ['broken', 'export default {', 'cannot load '],
    ['throwing', "throw new Error('no')", 'cannot load '],
    ['wrong', 'export default { app: 7 }', ''],
    ['never loaded', 'await new Promise(() => {})', 'cannot load '],
  ] as const) {
    test(`comes also when the config is ${title}`, async () => {
      const run = await helpOfDeploy(folderWith(title, config))
      assert.equal(run.exitCode, 0)
      assert.equal(run.stderr, '')
      assert.match(run.stdout, /^ {2}-b, --branch=NAME /m)
      const lines = run.stdout.split('\n')
      const notes = lines.filter((line) => line.startsWith(`The recipe's own flags are not shown: ${reason}`))
      assert.equal(notes.length, 1)
      assert.doesNotMatch(run.stdout, TOO_LATE)
    })
  }
})
