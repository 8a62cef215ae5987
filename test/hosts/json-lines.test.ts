// What each command prints with --json on real hosts, where it succeeds and where it fails, held against schema/.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { eventually, FaultHost } from '../faults/support/fault-host.ts'
import { checkJsonLines } from '../support/json-lines.ts'
import { root } from '../support/pages.ts'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'

const STEPS = `git(), shell('hold prepare', { name: 'prepare', phase: 'prepare', when: 'docs' }),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true, retries: 1 }),
    shell('test ! -e /srv/broken', { name: 'publish', retries: 1 })`

hostsSuite('--json', { hosts: 2 }, (lab) => {
  let host: FaultHost
  before(async () => {
    // the second one is not installed
    host = await FaultHost.make(lab, 'web1', { hosts: ['web1', 'web2'], steps: STEPS })
  })
  after(() => host.remove())

  const seen = new Set<string>()
  /** Runs a command with --json, and says how it ended and which events it told. */
  const run = async (command: string, ...words: string[]) => {
    const { status, stdout, stderr } = await host.project.shipit(command, ...words, '--json')
    const lines = checkJsonLines(stdout)
    assert.ok(lines.length > 0, stderr)
    const events = new Set(lines.map(({ event }) => String(event)))
    seen.add(command)
    return { status, lines, events }
  }
  const one = ['production', '--host', 'web1']

  describe('one after the other', { concurrency: false }, () => {
    test('deploy: done, up to date, refused, failed, of two hosts one; with --detach; with wrong words', async () => {
      const done = await run('deploy', ...one)
      assert.equal(done.status, 0)
      for (const event of [
        'connecting',
        'connected',
        'hello',
        'run',
        'step',
        'commit',
        'output',
        'outcome',
        'ended',
        'result',
      ])
        assert.ok(done.events.has(event), event)
      assert.equal((await run('deploy', ...one, '--outdated')).status, 0)
      assert.equal((await run('deploy', ...one, '--branch', 'nope')).status, 66)
      await host.sh(': >/srv/broken')
      const failed = await run('deploy', ...one)
      assert.equal(failed.status, 1)
      assert.ok(failed.lines.some(({ state }) => state === 'retrying'))
      await host.sh('rm /srv/broken')
      assert.notEqual((await run('deploy', 'production')).status, 0)
      assert.equal((await run('deploy', ...one, '--detach')).status, 0)
      await host.untilEnded(host.run)
      assert.equal((await run('deploy', ...one, '--nonsense')).status, 2)
    })

    test('deploy and cancel: a lock, a wait, a cancel', async () => {
      await host.hold('prepare')
      const client = host.start('deploy', ...one, '--docs', '--json')
      await host.untilIn('prepare', host.run)
      const locked = await run('deploy', ...one)
      assert.equal(locked.status, 75)
      assert.ok(locked.events.has('refused'))
      const waiting = host.start('deploy', ...one, '--wait', '5m', '--json')
      // the records have whole seconds, which may be late by one: of a shorter wait the report may know nothing
      await eventually('it waits', () => waiting.stdout().includes('"waiting"'))
      await setTimeout(2100)
      assert.equal((await run('status', ...one)).status, 0)
      if (isWhole) await run('plan', ...one)
      assert.equal((await run('cancel', ...one)).status, 0)
      await host.release('prepare')
      assert.equal((await client.ended).exit, 130)
      assert.equal((await waiting.ended).exit, 0)
      const told = checkJsonLines(client.stdout()).map(({ event }) => event)
      assert.ok(told.includes('cancelled'), told.join())
      assert.ok(checkJsonLines(waiting.stdout()).some(({ event }) => event === 'waiting'))
      const cancelled = checkJsonLines(client.stdout()).find(({ event }) => event === 'run')
      const [report] = (await run('report', ...one)).lines as [{ hosts: { after?: { run: string } }[] }]
      assert.equal(report.hosts[0]?.after?.run, cancelled?.run)
      assert.equal((await run('cancel', ...one)).status, 66)
    })

    test('what looks, and what goes back', async () => {
      for (const command of ['status', 'history', 'log', 'hosts', 'plan', 'doctor']) {
        // the short form asks one command for an environment that is not there
        const isAsked = isWhole || command === 'status'
        assert.equal((await run(command, ...one)).events.has('error'), false, command)
        if (command !== 'hosts')
          assert.notEqual((await run(command, 'production', '--host', 'web2')).status, 0, command)
        if (isAsked) assert.equal((await run(command, 'nowhere')).status, 2, command)
      }
      for (const words of [['--history'], ['--run', host.run], ...(isWhole ? [[]] : [])]) {
        const { status, events } = await run('report', ...one, ...words)
        assert.equal(status, 0)
        assert.deepEqual([...events], [words[0] === '--history' ? 'history-report' : 'run-report'])
      }
      assert.notEqual((await run('report', 'production', '--history', '--host', 'web2')).status, 0)
      assert.equal((await run('report', ...one, '--run', '0000000')).status, 66)
      assert.equal((await run('log', ...one, '--step', 'nope')).status, 66)
      assert.equal((await run('attach', ...one, '--run', host.run)).status, 0)
      assert.equal((await run('attach', ...one)).status, 66)
      await host.push('master', 'echo more >src/more')
      assert.equal((await run('deploy', ...one)).status, 0)
      assert.equal((await run('rollback', ...one, '--yes')).status, 0)
      assert.equal((await run('rollback', ...one, '--to', '0000000', '--yes')).status, 66)
    })

    test('freeze and unfreeze, where it is and where shipit is not', async () => {
      assert.equal((await run('freeze', ...one, '--message', 'release')).status, 0)
      assert.equal((await run('deploy', ...one)).status, 75)
      if (isWhole) assert.equal((await run('status', ...one)).status, 0)
      assert.equal((await run('unfreeze', ...one)).status, 0)
      assert.equal((await run('unfreeze', ...one)).status, 0)
      assert.notEqual((await run('freeze', 'production', '--message', 'release')).status, 0)
      assert.notEqual((await run('unfreeze', 'production')).status, 0)
    })

    test('trust, install and uninstall', async () => {
      assert.equal((await run('trust', 'web1')).status, 0)
      assert.notEqual((await run('trust', 'nowhere')).status, 0)
      assert.equal((await run('install', 'production')).status, 0)
      assert.equal(
        (await run('install', 'production', '--out', join(host.project.folder, 'install.sh'))).status,
        0,
      )
      assert.equal((await run('install', '--checksums')).status, 0)
      assert.equal((await run('install', ...one, '--diff')).status, 0)
      assert.notEqual((await run('install', 'production', '--host', 'web2', '--diff')).status, 0)
      assert.notEqual((await run('install', 'production', '--to', 'nowhere.invalid', '--yes')).status, 0)
      assert.equal((await run('uninstall', 'production')).status, 0)
    })

    test('a fault and a broken config', async () => {
      const file = join(host.project.folder, 'deploy.config.ts')
      const text = readFileSync(file, 'utf8')
      await lab.ctl(['sh', '-c', `cat >${file}`], { input: `${text}\nnope()` })
      const broken = await run('status')
      await lab.ctl(['sh', '-c', `cat >${file}`], { input: text })
      assert.equal(broken.status, 78)
      const [{ details }] = broken.lines as [{ details: { line?: number } }]
      assert.equal(typeof details.line, 'number')
    })

    test('config: all values, and a file that is not there', async () => {
      assert.deepEqual([...(await run('config')).events], ['config'])
      assert.equal((await run('config', '--config', 'none-such.ts')).status, 78)
      assert.equal((await run('init')).status, 78)
    })

    test('every command that has --json was asked', () => {
      const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
        commands: Readonly<Record<string, { flags: Readonly<Record<string, unknown>> }>>
      }
      const all = Object.keys(commands).filter((name) => commands[name]?.flags.json)
      assert.deepEqual([...seen].sort(), all.sort())
    })
  })
})
