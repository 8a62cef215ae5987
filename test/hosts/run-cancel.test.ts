// Cancelling on a real host: each kind of step, by whom, from where; what is ended, how soon, and what is left.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { eventually, FaultHost } from '../faults/support/fault-host.ts'
import { patient } from '../support/patience.ts'
import { isWhole, shortForm, wholeOnly } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Each step of a case does what a script on the host says. */
const STEPS = `
    shell('. /srv/prepare', { name: 'prepare', phase: 'prepare' }),
    make('html', { in: 'doc', out: '_build/html', as: 'build', when: 'docs' }),
    shell('. /srv/publish', { name: 'publish' }),
    root(['/usr/bin/hold', 'root'], { name: 'root', timeout: 6, when: '!docs' }),
    shell('hold last', { name: 'last' }),
`

hostsSuite('cancel', { hosts: 2 }, (lab) => {
  const make = async (name: string) => {
    const host = await FaultHost.make(lab, name, { steps: `git(),${STEPS}` })
    await host.sh(`echo true | tee /srv/prepare >/srv/publish; chmod 755 /srv`)
    return host
  }
  /** Starts a deploy whose step does this, and waits until it is in it and the client has shown that. */
  const begin = async (host: FaultHost, step: string, script: string, ...words: string[]) => {
    await host.sh(`echo true | tee /srv/prepare >/srv/publish`)
    if (script !== '') await host.sh(`cat >/srv/${step}`, script)
    const before = host.run
    const client = host.start('deploy', 'production', ...words)
    await eventually(`'${step}' begins`, () => host.run !== before && host.step.endsWith(` ${step}\n`))
    await eventually(`'${step}' is shown`, () => client.stdout().includes(`${step}: started`))
    return { client, run: host.run }
  }
  /** @returns seconds from the mark on the host to the end of the run: what the client takes depends on the machine */
  const cancel = async (host: FaultHost, run: string, ...words: string[]) => {
    const told = await host.project.shipit('cancel', 'production', ...words)
    assert.equal(told.status, 0, told.stderr)
    await host.untilEnded(run)
    const at = (file: string) =>
      statSync(host.path(`/var/lib/shipit/apps/codebase/runs/${run}/${file}`)).ctimeMs
    return (at('ended') - at('cancel')) / 1000
  }
  /** What lives of any run or client on the host once there was time to die. */
  const left = async (host: FaultHost) => {
    await eventually(
      'nothing is left',
      async () => (await host.processes()).length === 0,
      patient(3000),
    ).catch(() => {})
    return host.processes()
  }

  describe('on hosts side by side', { concurrency: true }, () => {
    describe('kinds of steps', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await make('web1')
      })
      after(() => host.remove())

      const kinds = {
        // a tenth of that where nothing else runs (docs/reliability.md)
        'that sleeps': ['sleep 60', 10],
        'with children': ['sleep 60 & sleep 60 & (sleep 60; sleep 60) & wait', 10],
        'that ignores TERM': ["trap '' TERM; while :; do sleep 1; done", 15],
      } as const
      for (const [what, [script, limit]] of shortForm(kinds, 'with children', 'that ignores TERM')) {
        test(`a prepare step ${what} ends within ${limit} s, with all it started`, async (t) => {
          const { client, run } = await begin(host, 'prepare', script)
          const seconds = await cancel(host, run)
          t.diagnostic(`${seconds.toFixed(1)} s from the mark to the end of the run`)
          assert.ok(seconds < patient(limit))
          assert.equal((await client.ended).exit, 130)
          assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.by], ['cancelled', 'alice'])
          assert.deepEqual(await left(host), [])
          assert.ok(host.isFree)
        })
      }

      test('what a step took into a session of its own keeps running: one process, which is counted here', async () => {
        const { client, run } = await begin(host, 'prepare', 'setsid sleep 87 & sleep 60')
        await cancel(host, run)
        assert.equal((await client.ended).exit, 130)
        // and what empties the pipe that it holds
        const escaped = (await left(host)).filter((line) => !/ deploybot +cat$/.test(line))
        assert.equal(escaped.length, 1, escaped.join('\n'))
        assert.match(escaped[0] ?? '', / deploybot +sleep 87$/)
        await host.sh("pkill -f '^sleep 87$'; echo true >/srv/prepare")
        assert.equal((await host.project.shipit('deploy', 'production')).status, 0)
      })

      test('a publish step may finish, and the run stops after it; with --now it ends at once', async (t) => {
        for (const now of [false, true]) {
          await host.hold('publish')
          const { client, run } = await begin(host, 'publish', 'hold publish; echo; echo whole')
          if (now) {
            const seconds = await cancel(host, run, '--now')
            t.diagnostic(`${seconds.toFixed(1)} s with --now`)
            assert.ok(seconds < patient(15), `${seconds} s`)
          } else {
            const told = await host.project.shipit('cancel', 'production')
            assert.equal(told.status, 0)
            assert.match(told.stdout, /in step publish: it publishes, and [^\n]*\n$/)
            assert.match(told.stderr, /To end it now:\n {4}shipit cancel production --now\n/)
            await setTimeout(1000)
            assert.ok(!host.ended(run))
            await host.release('publish')
            await host.untilEnded(run)
          }
          assert.equal((await client.ended).exit, 130)
          assert.equal(/\| whole/.test(client.stdout()), !now)
          assert.doesNotMatch(client.stdout(), /last: started/)
          assert.deepEqual(await left(host), [])
        }
      })

      test('a build step ends at once, with all of its account', async (t) => {
        await host.hold('make html')
        const { client, run } = await begin(host, 'make html', '', '--docs')
        const seconds = await cancel(host, run)
        t.diagnostic(`${seconds.toFixed(1)} s`)
        assert.ok(seconds < patient(15))
        assert.equal((await client.ended).exit, 130)
        assert.deepEqual(await left(host), [])
        assert.equal(await host.sh('pgrep -u build-codebase | wc -l'), '0')
        await host.sh('rm -f /srv/hold/*')
      })

      test('a root step ends by its own time limit, also where cancel says now', async () => {
        await host.hold('root')
        const { client, run } = await begin(host, 'root', '')
        const seconds = await cancel(host, run, '--now')
        assert.ok(seconds < patient(20), `${seconds} s`)
        assert.equal((await client.ended).exit, 130)
        assert.match(client.stdout(), /root: ran out of time \(6 s\)\n/)
        assert.deepEqual(await left(host), [])
        await host.sh('rm -f /srv/hold/*')
      })

      test(
        'Apache has the same open files after a deploy restarts it as after a restart by hand, and keeps running after a cancel and after the client is gone',
        wholeOnly,
        async () => {
          const apache = new Project({
            lab,
            hosts: ['web1'],
            steps: `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            root(['/usr/sbin/apachectl', 'restart']), shell('hold last', { name: 'last' }),`,
          })
          await apache.install('web1')
          await stopApache(host)
          assert.equal((await lab.ssh('root@web1', 'apachectl restart')).status, 0)
          const byHand = await openFilesOfApache(host)
          assert.ok(byHand.length > 1, 'parent and children')
          for (const end of ['cancel', 'kill'] as const) {
            // so that the deploy does not only send a signal to one that is there: it becomes its parent
            await stopApache(host)
            await host.hold('last')
            const before = host.run
            const client = host.startIn(apache, 'deploy', 'production')
            const run = await host.untilIn('last', before)
            assert.deepEqual(await openFilesOfApache(host), byHand, 'in the run')
            if (end === 'cancel') {
              const told = await apache.shipit('cancel', 'production', '--now')
              assert.equal(told.status, 0)
            } else client.process.kill('SIGKILL')
            await client.ended
            await host.release('last')
            await host.untilEnded(run)
            assert.deepEqual(await openFilesOfApache(host), byHand, `after ${end}`)
            assert.equal(
              await host.sh('curl -s --retry 5 --retry-connrefused http://localhost/app'),
              'master 4',
            )
            assert.ok(host.isFree)
            assert.deepEqual(await left(host), [])
          }
          apache.remove()
        },
      )
    })

    describe('who and from where', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await make('web2')
      })
      after(() => host.remove())
      afterEach(async () => assert.deepEqual(await left(host), []))

      test('who watches the run of another ends with 130 too; who may not cancel it is refused', async () => {
        const { client, run } = await begin(host, 'prepare', 'sleep 60')
        const bob = new Project({ lab, hosts: ['web2'], user: 'bob', steps: `git(),${STEPS}` })
        const watcher = host.startIn(bob, 'attach', 'production')
        await eventually('bob watches', () => watcher.stdout().includes('prepare: started'))
        const refused = await bob.shipit('cancel', 'production')
        assert.equal(refused.status, 77, refused.stdout)
        assert.ok(!host.ended(run))
        await cancel(host, run)
        assert.deepEqual([(await client.ended).exit, (await watcher.ended).exit], [130, 130])
        assert.match(watcher.stdout(), /was cancelled/)
        bob.remove()
      })

      test('without a terminal SIGINT and SIGTERM cancel, SIGHUP leaves, and who attached only leaves', async () => {
        const outcomes = { SIGINT: 'cancelled', SIGTERM: 'cancelled', SIGHUP: 'succeeded' } as const
        for (const [signal, outcome] of shortForm(outcomes, 'SIGTERM', 'SIGHUP')) {
          await host.hold('prepare')
          const { client, run } = await begin(host, 'prepare', 'hold prepare')
          client.process.kill(signal as keyof typeof outcomes)
          assert.equal((await client.ended).exit, 130)
          await host.release('prepare')
          await host.untilEnded(run)
          assert.equal(host.outcome(run)?.outcome, outcome, signal)
          assert.equal(client.stdout().split('prepare: started').length, 2, 'each thing is shown once')
        }
        await host.hold('prepare')
        const { client, run } = await begin(host, 'prepare', 'hold prepare')
        const watcher = host.start('attach', 'production')
        await eventually('it watches', () => watcher.stdout().includes('prepare: started'))
        watcher.process.kill('SIGINT')
        assert.equal((await watcher.ended).exit, 130)
        // nor is anything followed that nobody reads
        for (const words of [
          'attach production',
          'log production --follow',
          ...(isWhole ? ['log production --follow --json'] : []),
        ]) {
          const shipit = `${process.execPath} ${host.project.program} ${words}`
          const piped = lab.spawnCtl(
            ['bash', '-c', `${shipit} 2>/dev/null | head -n 2 >/dev/null; exit "\${PIPESTATUS[0]}"`],
            {
              cwd: host.project.folder,
              stdio: 'ignore',
            },
          )
          const [status] = await once(piped, 'close')
          assert.equal(status, 130, words)
        }
        assert.ok(!host.ended(run))
        await host.release('prepare')
        assert.equal((await client.ended).exit, 0)
      })

      test('who waits for a lock and is interrupted starts nothing, and with --detach neither', async () => {
        await host.hold('prepare')
        const { client, run } = await begin(host, 'prepare', 'hold prepare')
        for (const words of [[], ['--detach']]) {
          const waiting = host.start('deploy', 'production', '--wait', '5m', ...words)
          // the one before it has left the line at once
          await eventually('it waits', () =>
            (waiting.stdout() + waiting.stderr()).includes(
              'waiting for the lock: next in line; held by alice',
            ),
          )
          waiting.process.kill('SIGINT')
          assert.equal((await waiting.ended).exit, 130)
          assert.match(waiting.stdout() + waiting.stderr(), /cancelled before it began/)
        }
        await host.release('prepare')
        assert.equal((await client.ended).exit, 0)
        assert.equal(host.run, run)
      })

      test('a host that is cut off is cancelled when it is reached again; a second signal leaves and says what is not known', async () => {
        const quick = new Project({
          lab,
          hosts: ['web2'],
          steps: `git(),${STEPS}`,
          connectTimeout: patient(2),
        })
        for (const leaves of [false, true]) {
          await host.sh(`echo 'hold prepare' >/srv/prepare; echo true >/srv/publish`)
          await host.hold('prepare')
          const before = host.run
          const client = host.startIn(quick, 'deploy', 'production')
          const run = await host.untilIn('prepare', before)
          await eventually('it is seen', () => client.stdout().includes('prepare: started'))
          await lab.cut('web2')
          client.process.kill('SIGINT')
          if (leaves) {
            // later than what counts as one press
            await setTimeout(600)
            client.process.kill('SIGTERM')
            assert.equal((await client.ended).exit, 130)
            assert.match(
              client.stderr(),
              new RegExp(
                `SIGTERM: left; .*web2 has not answered the cancel\\n.*\\n +shipit cancel production --run ${run.replace(/^.*-(.{7}).*$/, '$1')}\\n`,
              ),
            )
            await lab.heal('web2')
            await host.release('prepare')
            await host.untilEnded(run)
            assert.equal(host.outcome(run)?.outcome, 'succeeded')
          } else {
            await eventually('it says so', () =>
              client.stdout().includes('not reached; will be asked to cancel once'),
            )
            await lab.heal('web2')
            assert.equal((await client.ended).exit, 130)
            assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.by], ['cancelled', 'alice'])
            await host.release('prepare')
          }
          assert.equal(client.stdout().split('prepare: started').length, 2, 'each thing is shown once')
        }
        quick.remove()
      })

      test('in a terminal Ctrl-C asks first: keep watching, leave or cancel', async () => {
        for (const [answer, exit, outcome] of [
          ['k', 0, 'succeeded'],
          ['l', 130, 'succeeded'],
          ['c', 130, 'cancelled'],
          // from outside, while the question stands there
          ['SIGTERM', 130, 'succeeded'],
        ] as const) {
          const { status, run, screen } = await inTerminal(host, answer)
          assert.match(screen, /Leave it, cancel it, or keep watching\? \[L\/c\/k\]/)
          assert.equal(status, exit, screen)
          await host.untilEnded(run)
          assert.equal(host.outcome(run)?.outcome, outcome, answer)
        }
      })
    })
  })

  /** Deploys in a terminal of its own, presses Ctrl-C in the step and then a key. */
  async function inTerminal(host: FaultHost, answer: string) {
    await host.sh(`echo true | tee /srv/prepare >/srv/publish; echo hold prepare >/srv/prepare`)
    await host.hold('prepare')
    const before = host.run
    const child = lab.spawnCtl(
      [
        'script',
        '-qec',
        `stty cols 100 rows 30; echo $$ >pid; exec ${process.execPath} ${host.project.program} deploy production`,
        '/dev/null',
      ],
      { cwd: host.project.folder, stdio: ['pipe', 'pipe', 'inherit'], env: { TERM: 'xterm', CI: '' } },
    )
    let screen = ''
    child.stdout?.on('data', (chunk) => {
      screen += chunk
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await eventually('it is in the step', () => host.run !== before && host.step.endsWith(' prepare\n'))
    await setTimeout(500)
    child.stdin?.write('\x03')
    await eventually('it asks', () => screen.includes('[L/c/k]'))
    if (answer === 'SIGTERM') {
      await setTimeout(500)
      process.kill(Number(readFileSync(join(host.project.folder, 'pid'), 'utf8')), answer)
    } else {
      child.stdin?.write(`${answer}\n`)
    }
    // to cancel ends the step itself
    if (answer === 'c') await host.untilEnded(host.run)
    await host.release('prepare')
    return { run: host.run, status: await ended, screen }
  }
})

async function stopApache(host: FaultHost): Promise<void> {
  await host.sh('! pgrep apache2 >/dev/null || apachectl stop')
  await eventually('Apache ends', async () => (await host.sh('pgrep -c apache2 || :')) === '0')
}

/**
 * The different lists of open files that Apache's processes have, once all are there: descriptors and what they lead to, a pipe or a
 * socket without its number. Each such number is known to Apache alone.
 */
async function openFilesOfApache(host: FaultHost): Promise<string[]> {
  await host.sh('curl -s -o /dev/null --retry 20 --retry-connrefused --retry-delay 0 http://localhost/')
  const list = (pids: string) =>
    host.sh(`for pid in ${pids}; do echo "$pid $(ps -o args= -p $pid | cut -c1-40) |" $(
      for fd in /proc/$pid/fd/*; do echo "\${fd##*/}=$(readlink $fd)"; done); done 2>/dev/null`)
  const apache = (await list('$(pgrep apache2)')).split('\n')
  const numbers = new Set(apache.join(' ').match(/(?:pipe|socket):\[\d+\]/g))
  const others = (await list('$(pgrep -v apache2)')).split('\n')
  const shared = others.filter((line) => [...numbers].some((number) => line.includes(number)))
  assert.deepEqual(shared, [], 'no other process has the other end')
  return [...new Set(apache.map((line) => line.replace(/^.* \|/, '').replaceAll(/\[\d+\]/g, '')))].sort()
}
