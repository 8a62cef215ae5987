// What befalls the host in a run: its power goes, its disk fills, the run's head is killed. Nothing is to be deleted by hand.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { isCrashRight, tryCrash } from '../faults/crash-faults.ts'
import { eventually, FaultHost } from '../faults/fault-host.ts'
import { hostsSuite } from './lab.ts'

hostsSuite('a host that fails', { hosts: 2 }, (lab) => {
  describe('in each of two ways', { concurrency: true }, () => {
    describe('its power', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await FaultHost.make(lab, 'web1')
      })
      after(() => host.remove())
      afterEach(() => host.calm())

      for (const step of ['make html', 'publish'] as const) {
        test(`a crash in '${step}': status says interrupted and where, and the next deploy succeeds`, async () => {
          const result = await tryCrash(host, step)
          assert.ok(isCrashRight(step, result), JSON.stringify(result))
        })
      }

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
          /processes of an interrupted run still live/,
        )
        await host.release('publish')
        assert.equal((await client.ended).exit, 76)
        assert.equal((await host.project.shipit('deploy', 'production')).status, 0)
        assert.equal(host.outcome(run)?.outcome, 'interrupted')
      })
    })

    describe('its disk', { concurrency: false }, () => {
      let host: FaultHost
      before(async () => {
        host = await FaultHost.make(lab, 'web2')
      })
      after(() => host.remove())
      afterEach(async () => {
        await lab.diskFree('web2')
        await host.calm()
      })
      // what the step prints meanwhile may take the last of it
      const fill = (leaveKb: number) => lab.diskFull('web2', leaveKb).catch(() => {})

      const deploy = () => host.project.shipit('deploy', 'production')
      const linesAreWhole = () => {
        for (const line of host.state('history').trimEnd().split('\n')) JSON.parse(line)
      }

      test('full at the start: it says so, nothing is begun, and it works when there is room', async () => {
        assert.equal((await deploy()).status, 0)
        const history = host.state('history')
        await fill(0)
        const full = await deploy()
        assert.equal(full.status, 76)
        assert.match(full.stdout, /'web2' cannot write its records: nothing was done/)
        assert.equal((await host.project.shipit('status')).status, 0)
        await lab.diskFree('web2')
        assert.equal(host.state('history'), history)
        assert.equal((await deploy()).status, 0)
        linesAreWhole()
      })

      for (const [step, room] of [
        ['prepare', 0],
        ['publish', 0],
      ] as const) {
        test(`full in '${step}' but for ${room} KiB: the run fails and says why, its record is whole`, async () => {
          const before = host.run
          await host.hold(step)
          const client = host.start('deploy', 'production')
          const run = await host.untilIn(step, before)
          await fill(room)
          await host.release(step)
          const { exit } = await client.ended
          assert.equal(exit, 1, client.stdout())
          assert.match(client.stdout(), /disk of 'web2' is full: the run stopped in|failed with status/)
          await host.untilEnded(run)
          assert.equal(host.outcome(run)?.outcome, 'failed')
          assert.match(
            (await host.project.shipit('status')).stdout,
            /failed in .*(the disk was full|with status)/,
          )
          await lab.diskFree('web2')
          linesAreWhole()
          assert.equal((await deploy()).status, 0)
        })
      }

      test('full at the end: the run ends in one of two ways, and either is said and whole', async () => {
        const before = host.run
        await host.hold('last')
        const client = host.start('deploy', 'production')
        const run = await host.untilIn('last', before)
        await fill(0)
        await host.release('last')
        const { exit } = await client.ended
        await host.untilEnded(run)
        const { outcome } = host.outcome(run) ?? {}
        assert.deepEqual([outcome, exit], exit === 0 ? ['succeeded', 0] : ['failed', 1], client.stdout())
        if (exit !== 0) assert.match(client.stdout(), /disk of 'web2' is full|failed with status/)
        await lab.diskFree('web2')
        linesAreWhole()
        assert.equal((await deploy()).status, 0)
      })

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
