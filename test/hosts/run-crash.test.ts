// What befalls the host in a run: its power goes, its disk fills, the run's head is killed. Nothing is to be deleted by hand.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { isCrashRight, tryCrash } from '../faults/support/crash-faults.ts'
import { eventually, FaultHost, type StepName } from '../faults/support/fault-host.ts'
import { isWhole, wholeOnly } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Steps that print one line, so that what they say at the end has its place in the log however full the disk is. */
const QUIET_STEPS = `
    git(),
    shell('exec quiet prepare', { name: 'prepare', phase: 'prepare' }),
    shell('exec quiet publish', { name: 'publish' }),
    shell('exec quiet last', { name: 'last' }),
`
/** Waits while it is held, and does then what a test wants. */
const QUIET = `#!/bin/sh
echo "$1 begins"
[ -e "/srv/hold/$1" ] || exit 0
while [ -e "/srv/hold/$1" ]; do sleep 0.05; done
. /srv/then
`

hostsSuite('a host that fails', { hosts: 2 }, (lab) => {
  describe('in each of two ways', { concurrency: true }, () => {
    describe('its power', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await FaultHost.make(lab, 'web1')
      })
      after(() => host.remove())
      afterEach(() => host.calm())

      for (const step of isWhole ? (['make html', 'publish'] as const) : (['publish'] as const)) {
        test(`a crash in '${step}': status says interrupted and where, and the next deploy succeeds`, async () => {
          const result = await tryCrash(host, step)
          assert.ok(isCrashRight(step, result), JSON.stringify(result))
        })
      }

      test('a freeze outlives a crash: who deploys is told whose it is, and its author ends it, nobody else', async () => {
        const bob = new Project({ lab, hosts: ['web1'], user: 'bob', steps: 'git(),' })
        const history = host.state('history')
        assert.equal(
          (await host.project.shipit('freeze', 'production', '-m', 'the database moves')).status,
          0,
        )
        await lab.crash('web1')
        await lab.boot('web1')
        await host.find()
        const refused = await host.project.shipit('deploy', 'production')
        assert.equal(refused.status, 75, refused.stdout)
        assert.match(
          refused.stdout,
          /'codebase' on 'web1' is frozen by alice, (?:just now|\d+ s ago): the database moves/,
        )
        assert.match((await host.project.shipit('status')).stdout, /frozen +by alice.*the database moves/)
        const notHis = await bob.shipit('unfreeze', 'production')
        assert.equal(notHis.status, 77, notHis.stdout)
        assert.match(notHis.stderr, /policy on 'web1' does not allow you to end somebody else's freeze/)
        assert.equal(host.state('history'), history)
        // a freeze of his takes the place of hers just before hers goes
        const state = '/var/lib/shipit/apps/codebase'
        await host.sh(
          `echo bob 1700000000 his >${state}/his; mv /usr/bin/flock /usr/bin/flock.real
          printf '#!/bin/sh\n[ "$2" != 8 ] || mv ${state}/his ${state}/freeze\nexec flock.real "$@"\n' >/usr/bin/flock; chmod 755 /usr/bin/flock`,
        )
        assert.equal((await host.project.shipit('unfreeze', 'production')).status, 77)
        await host.sh('mv /usr/bin/flock.real /usr/bin/flock')
        assert.equal(host.state('freeze'), 'bob 1700000000 his\n')
        assert.equal((await bob.shipit('unfreeze', 'production')).status, 0)
        assert.equal((await host.project.shipit('deploy', 'production')).status, 0)
        bob.remove()
      })

      test('a run whose head is killed keeps the next one away as long as its step lives', async () => {
        const before = host.run
        await host.hold('publish')
        const client = host.start('deploy', 'production', '--json')
        const run = await host.untilIn('publish', before)
        await host.sh(`kill -KILL ${host.state(`runs/${run}/session`).split(' ')[0]}`)
        const refused = await host.project.shipit('deploy', 'production')
        assert.equal(refused.status, 75)
        assert.match(refused.stdout, /processes of an earlier run are still alive on 'web1'/)
        assert.match(
          (await host.project.shipit('status')).stdout,
          /processes of an interrupted run are still alive/,
        )
        await host.release('publish')
        assert.equal((await client.ended).exit, 76)
        // a person's session has got its number, and has lost its head as well
        const [theirs, left] = (
          await lab.output('web1', `setsid -w sh -c 'sleep 60 </dev/null >/dev/null 2>&1 & echo $$ $!'`, {
            user: 'bob',
          })
        ).split(' ')
        const folder = `/var/lib/shipit/apps/codebase/runs/${run}`
        await host.sh(`cd ${folder} && rm ended outcome && read -r _ boot _ <session && echo ${theirs} $boot 1 >session
          [ ! -e /proc/${theirs} ] && kill -0 ${left}`)
        assert.equal((await host.project.shipit('deploy', 'production')).status, 0)
        assert.equal(host.outcome(run)?.outcome, 'interrupted')
        await host.sh(`kill ${left}`)
      })
    })

    describe('its disk', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await FaultHost.make(lab, 'web2', { steps: QUIET_STEPS })
        await host.sh(
          'cat >/usr/bin/quiet && chmod 755 /usr/bin/quiet; echo true >/srv/then; mkdir -m 777 /srv/room',
          QUIET,
        )
      })
      after(() => host.remove())
      afterEach(async () => {
        await lab.diskFree('web2')
        await host.sh('rm -f /srv/room/big; echo true >/srv/then')
        await host.calm()
      })
      const fill = (leaveKb: number) => lab.diskFull('web2', leaveKb)

      const deploy = () => host.project.shipit('deploy', 'production')
      /** Leaves so much room once the run is in the step, and lets the step go on. */
      const deployAndFill = async (step: StepName, leaveKb: number) => {
        const before = host.run
        await host.hold(step)
        const client = host.start('deploy', 'production')
        const run = await host.untilIn(step, before)
        await fill(leaveKb)
        await host.release(step)
        const { exit } = await client.ended
        await host.untilEnded(run)
        return { exit, run, said: client.stdout() }
      }
      const linesAreWhole = () => {
        for (const line of host.state('history').trimEnd().split('\n')) JSON.parse(line)
      }

      test('full at the start: it says so, nothing is begun, and it works when there is room', async () => {
        assert.equal((await deploy()).status, 0)
        const history = host.state('history')
        await fill(0)
        const full = await deploy()
        assert.equal(full.status, 76)
        assert.match(full.stdout, /'web2' cannot write its records: nothing was started/)
        assert.equal((await host.project.shipit('status')).status, 0)
        await lab.diskFree('web2')
        assert.equal(host.state('history'), history)
        assert.equal((await deploy()).status, 0)
        linesAreWhole()
      })

      const full = [
        ['publish', 'last'],
        ['prepare', 'publish'],
      ] as const
      for (const [step, next] of isWhole ? full : full.slice(0, 1)) {
        test(`full in '${step}', which does not mind: the run goes no further and says why, its record is whole`, async () => {
          const { exit, said, run } = await deployAndFill(step, 0)
          assert.equal(exit, 1, said)
          assert.match(
            said,
            new RegExp(
              `x web2: 'web2' could not write the records of the run: it stopped in step '(${step}|${next})'`,
            ),
          )
          assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.reason], ['failed', 'storage'])
          assert.match((await host.project.shipit('status')).stdout, /failed in .*, the disk was full/)
          await lab.diskFree('web2')
          linesAreWhole()
          assert.equal((await deploy()).status, 0)
        })

        test(`no room for what '${step}' writes: it fails, and its own words are shown`, async () => {
          await host.sh("echo 'dd if=/dev/zero of=/srv/room/big bs=64k count=64' >/srv/then")
          const { exit, said, run } = await deployAndFill(step, 256)
          assert.equal(exit, 1, said)
          assert.match(said, new RegExp(`\\[web2\\] ${step} \\| dd: .*No space left on device`))
          assert.match(said, new RegExp(`x web2: ${step} failed with status 1`))
          assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.step], ['failed', step])
          assert.match((await host.project.shipit('status')).stdout, new RegExp(`failed in ${step}`))
          await lab.diskFree('web2')
          linesAreWhole()
          await host.sh('rm /srv/room/big; echo true >/srv/then')
          assert.equal((await deploy()).status, 0)
        })
      }

      test(
        'full at the end: the run ends in one of two ways, and either is said and whole',
        wholeOnly,
        async () => {
          const { exit, said, run } = await deployAndFill('last', 0)
          const { outcome } = host.outcome(run) ?? {}
          assert.deepEqual([outcome, exit], exit === 0 ? ['succeeded', 0] : ['failed', 1], said)
          if (exit !== 0)
            assert.match(said, /x web2: 'web2' could not write the records of the run: it stopped in/)
          await lab.diskFree('web2')
          linesAreWhole()
          assert.equal((await deploy()).status, 0)
        },
      )

      test('full: a run can still be cancelled', async () => {
        const before = host.run
        await host.hold('prepare')
        const client = host.start('deploy', 'production')
        const run = await host.untilIn('prepare', before)
        await fill(0)
        const cancel = await host.project.shipit('cancel', 'production')
        assert.equal(cancel.status, 0, cancel.stderr)
        await eventually('it ends', () => host.ended(run))
        await client.ended
        assert.equal(host.outcome(run)?.outcome, 'cancelled')
        await lab.diskFree('web2')
        await host.calm()
        linesAreWhole()
        assert.equal((await deploy()).status, 0)
      })
    })
  })
})
