// Cancelling on a real host: each kind of step, by whom, from where; what is ended, how soon, and what is left.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { eventually, FaultHost } from '../faults/fault-host.ts'
import { hostsSuite } from './lab.ts'
import { Project } from './project.ts'

/** What the step `try` does in each case: a script that the host has. */
const STEPS = `
    shell('. /srv/prepare', { name: 'prepare', phase: 'prepare' }),
    make('html', { in: 'doc', out: '_build/html', as: 'build', when: 'docs' }),
    shell('. /srv/publish', { name: 'publish' }),
    root(['/usr/bin/hold', 'root'], { name: 'root', timeout: 6, when: '!docs' }),
    shell('hold last', { name: 'last' }),
`

hostsSuite('cancel', { hosts: 3 }, (lab) => {
  const make = async (name: string) => {
    const host = await FaultHost.make(lab, name, { steps: `git(),${STEPS}` })
    await host.sh(`echo true | tee /srv/prepare >/srv/publish; chmod 755 /srv`)
    return host
  }
  /** Starts a deploy whose step does this, and waits until it is in it. */
  const begin = async (host: FaultHost, step: string, script: string, ...words: string[]) => {
    await host.sh(`echo true | tee /srv/prepare >/srv/publish`)
    if (script !== '') await host.sh(`cat >/srv/${step}`, script)
    const before = host.run
    const client = host.start('deploy', 'production', ...words)
    await eventually(
      `'${step}' begins`,
      () => host.run !== before && host.state(`runs/${host.run}/step`).endsWith(` ${step}\n`),
    )
    await setTimeout(300)
    return { client, run: host.run }
  }
  const cancel = async (host: FaultHost, run: string, ...words: string[]) => {
    const began = Date.now()
    const told = await host.project.shipit('cancel', 'production', ...words)
    assert.equal(told.status, 0, told.stderr)
    await host.untilEnded(run)
    return (Date.now() - began) / 1000
  }
  /** What lives of a run once there was time to die. */
  const left = async (host: FaultHost, run: string) => {
    await eventually('nothing is left', async () => (await host.processes(run)).length === 0, 3000).catch(
      () => {},
    )
    return host.processes(run)
  }

  describe('on hosts side by side', { concurrency: true }, () => {
    describe('kinds of steps', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await make('web1')
      })
      after(() => host.remove())

      for (const [what, script, limit] of [
        ['that sleeps', 'sleep 60', 3],
        ['with children', 'sleep 60 & sleep 60 & (sleep 60; sleep 60) & wait', 3],
        ['that ignores TERM', "trap '' TERM; while :; do sleep 1; done", 8],
      ] as const) {
        test(`a prepare step ${what} ends within ${limit} s, with all it started`, async () => {
          const { client, run } = await begin(host, 'prepare', script)
          assert.ok((await cancel(host, run)) < limit)
          assert.equal((await client.ended).exit, 130)
          assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.by], ['cancelled', 'alice'])
          assert.deepEqual(await left(host, run), [])
          assert.ok(host.isFree)
        })
      }

      test('what a step took into a session of its own goes on: one process, which is counted here', async () => {
        const { client, run } = await begin(host, 'prepare', 'setsid sleep 87 & sleep 60')
        await cancel(host, run)
        assert.equal((await client.ended).exit, 130)
        assert.deepEqual(await left(host, run), [])
        assert.equal(await host.sh("pgrep -fc '^sleep 87$'"), '1')
        await host.sh("pkill -f '^sleep 87$'; echo true >/srv/prepare")
        assert.equal((await host.project.shipit('deploy', 'production')).status, 0)
      })

      test('a publish step is let finish, and the run stops after it; with --now it ends at once', async () => {
        for (const now of [false, true]) {
          const { client, run } = await begin(host, 'publish', 'sleep 3; echo whole')
          const seconds = await cancel(host, run, ...(now ? ['--now'] : []))
          assert.ok(now ? seconds < 2.5 : seconds > 1.5, `${seconds} s`)
          assert.equal((await client.ended).exit, 130)
          assert.equal(/\| whole/.test(client.stdout()), !now)
          assert.doesNotMatch(client.stdout(), /last: started/)
          assert.deepEqual(await left(host, run), [])
        }
      })
    })

    describe('beyond sudo', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await make('web2')
      })
      after(() => host.remove())

      test('a build step ends at once, with all of its account', async () => {
        await host.hold('make html')
        const { client, run } = await begin(host, 'make html', '', '--docs')
        assert.ok((await cancel(host, run)) < 4)
        assert.equal((await client.ended).exit, 130)
        assert.deepEqual(await left(host, run), [])
        assert.equal(await host.sh('pgrep -u build-codebase | wc -l'), '0')
        await host.sh('rm -f /srv/hold/*')
      })

      test('a root step ends by itself, or by its own time limit: cancel says after which step', async () => {
        await host.hold('root')
        const { client, run } = await begin(host, 'root', '')
        const seconds = await cancel(host, run, '--now')
        // its limit is 6 s
        assert.ok(seconds > 2 && seconds < 9, `${seconds} s`)
        assert.equal((await client.ended).exit, 130)
        assert.deepEqual(await left(host, run), [])
        await host.sh('rm -f /srv/hold/*')
      })

      test('Apache, restarted by a deploy, holds nothing of ours, and goes on after cancel and after the client is gone', async () => {
        const apache = new Project({
          lab,
          hosts: ['web2'],
          steps: `root(['/usr/sbin/apachectl', 'restart']), shell('hold last', { name: 'last' }),`,
        })
        await apache.install('web2')
        const page = () =>
          host.sh('curl -s -o /dev/null -w "%{http_code}" --retry 5 --retry-connrefused http://localhost/')
        for (const end of ['cancel', 'kill'] as const) {
          await host.hold('last')
          const before = host.run
          const client = host.startIn(apache, 'deploy', 'production')
          const run = await host.untilIn('last', before)
          const held = await host.sh(
            `for pid in $(pgrep apache2); do readlink /proc/$pid/fd/*; done | grep -E 'shipit|codebase/(lock|runs)' || :`,
          )
          assert.equal(held, '')
          assert.ok(Number(await host.sh('pgrep -c apache2')) > 1)
          if (end === 'cancel') {
            const told = await apache.shipit('cancel', 'production', '--now')
            assert.equal(told.status, 0)
          } else client.process.kill('SIGKILL')
          await client.ended
          await host.release('last')
          await host.untilEnded(run)
          assert.ok(host.isFree)
          assert.match(await page(), /^[234]/)
        }
        apache.remove()
      })
    })

    describe('who and from where', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await make('web3')
      })
      after(() => host.remove())

      test('who watches the run of another ends with 130 too; who may not cancel it is refused', async () => {
        const { client, run } = await begin(host, 'prepare', 'sleep 60')
        const bob = new Project({ lab, hosts: ['web3'], user: 'bob', steps: `git(),${STEPS}` })
        const watcher = host.startIn(bob, 'attach', 'production')
        await eventually('bob watches', () => watcher.stdout().includes(run))
        const refused = await bob.shipit('cancel', 'production')
        assert.equal(refused.status, 77, refused.stdout)
        assert.ok(!host.ended(run))
        await cancel(host, run)
        assert.deepEqual([(await client.ended).exit, (await watcher.ended).exit], [130, 130])
        assert.match(watcher.stdout(), /was cancelled/)
        bob.remove()
      })

      test('without a terminal SIGINT and SIGTERM cancel, SIGHUP leaves, and who attached only leaves', async () => {
        for (const [signal, outcome] of [
          ['SIGINT', 'cancelled'],
          ['SIGTERM', 'cancelled'],
          ['SIGHUP', 'succeeded'],
        ] as const) {
          const { client, run } = await begin(host, 'prepare', 'sleep 3')
          client.process.kill(signal)
          assert.equal((await client.ended).exit, 130)
          await host.untilEnded(run)
          assert.equal(host.outcome(run)?.outcome, outcome, signal)
          assert.equal(client.stdout().split('prepare: started').length, 2, 'each thing is shown once')
        }
        const { client, run } = await begin(host, 'prepare', 'sleep 3')
        const watcher = host.start('attach', 'production')
        await eventually('it watches', () => watcher.stdout().includes(run))
        watcher.process.kill('SIGINT')
        assert.equal((await watcher.ended).exit, 130)
        assert.equal((await client.ended).exit, 0)
      })

      test('who waits for a lock and is interrupted starts nothing', async () => {
        const { client, run } = await begin(host, 'prepare', 'sleep 3')
        const waiting = host.start('deploy', 'production', '--wait', '5m')
        await eventually('it waits', () => waiting.stdout().includes('waiting for the lock'))
        waiting.process.kill('SIGINT')
        assert.equal((await waiting.ended).exit, 130)
        assert.equal((await client.ended).exit, 0)
        assert.equal(host.run, run)
      })

      test('in a terminal Ctrl-C asks first: go on, leave or cancel', async () => {
        for (const [answer, exit, outcome] of [
          ['g', 0, 'succeeded'],
          ['l', 130, 'succeeded'],
          ['c', 130, 'cancelled'],
        ] as const) {
          const { status, run, screen } = await inTerminal(host, answer)
          assert.match(screen, /\[l\]eave it, \[c\]ancel it, or \[g\]o on/)
          assert.equal(status, exit, screen)
          await host.untilEnded(run)
          assert.equal(host.outcome(run)?.outcome, outcome, answer)
        }
      })
    })
  })

  /** Deploys in a terminal of its own, presses Ctrl-C in the step and then a key. */
  async function inTerminal(host: FaultHost, answer: string) {
    await host.sh(`echo true | tee /srv/prepare >/srv/publish; echo sleep 4 >/srv/prepare`)
    const before = host.run
    const child = lab.spawnCtl(
      [
        'script',
        '-qec',
        `stty cols 100 rows 30; exec ${process.execPath} ${host.project.program} deploy production`,
        '/dev/null',
      ],
      { cwd: host.project.folder, stdio: ['pipe', 'pipe', 'inherit'], env: { TERM: 'xterm', CI: '' } },
    )
    let screen = ''
    child.stdout?.on('data', (chunk) => {
      screen += chunk
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await eventually(
      'it is in the step',
      () => host.run !== before && host.state(`runs/${host.run}/step`).endsWith(' prepare\n'),
    )
    await setTimeout(500)
    child.stdin?.write('\x03')
    await eventually('it asks', () => screen.includes('[g]o on'))
    child.stdin?.write(`${answer}\n`)
    return { run: host.run, status: await ended, screen }
  }
})
