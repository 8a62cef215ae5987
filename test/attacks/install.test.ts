// The install script killed at many of the calls by which it changes a host (each test says how many apart; in the whole form,
// SHIPIT_TEST_WHOLE=1, they lie closer and an hour is not enough for all), and on a disk that fills up, in steps of 16 KiB: the long tables behind test/hosts/install.test.ts.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { git, rsync } from '../../src/recipe/steps.ts'
import {
  differenceBeyondKept,
  InstalledHost,
  installScript,
  madeUpKey,
  type Snapshot,
  someConfig,
} from '../hosts/support/install-kit.ts'
import { KILL_STUB, KILLED_TOOLS, killAt, wasKilled } from '../hosts/support/kill-stub.ts'
import { hostsSuite } from '../hosts/support/lab.ts'
import { isWhole } from '../support/whole.ts'

const LONG_MS = 1_800_000

/** With people, so that accounts, key files and sshd's drop-in are among what is killed. */
const first = installScript(someConfig({ people: { ci: [madeUpKey('ci')] } }), '0.1.0')
/** Another recipe and other programs, without the person. */
const second = installScript(
  someConfig({ steps: [git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: false })] }),
  '0.2.0',
)
const site = installScript(
  someConfig({
    app: 'my-site',
    account: 'deploy-my-site',
    steps: [git(), rsync({ from: 'a/', to: '/srv/site/', delete: true })],
  }),
)

hostsSuite('an install that is killed', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let bare: Snapshot
  let old: Snapshot
  let complete: Snapshot
  before(async () => {
    bare = await host.snapshot()
    await host.does(first)
    old = await host.snapshot()
    await host.does(second)
    complete = await host.snapshot()
    await host.does(first, '--purge')
    await host.replace(KILLED_TOOLS, KILL_STUB)
  })

  /** Kills the script before each `step`th of its calls; `prepare` makes the host that it begins with. */
  async function killEverywhere(
    script: string,
    words: readonly string[],
    step: number,
    prepare: () => Promise<void>,
    judge: (call: number, check: { status: number | null; stdout: string }) => Promise<void>,
  ): Promise<number> {
    for (let call = 1; ; call += step) {
      await prepare()
      await host.deleteKept()
      await killAt(host, call)
      const result = await host.runAlone(script, ...words)
      await killAt(host, 0)
      if (!wasKilled(result)) {
        assert.equal(result.status, 0, result.stderr)
        return call - 1
      }
      await judge(call, await host.run(first, '--check'))
    }
  }

  test('at many of its calls: --check says so or the host is as before, and the next run completes it', {
    timeout: LONG_MS,
  }, async (t) => {
    let halfDone = 0
    const calls = await killEverywhere(
      first,
      [],
      isWhole ? 2 : 7,
      async () => void (await host.does(first, '--purge')),
      async (call, check) => {
        if (/did not end: run its script again/.test(check.stdout)) {
          assert.equal(check.status, 1)
          halfDone++
        } else {
          const state = differenceBeyondKept(check.status === 0 ? old : bare, await host.snapshot())
          assert.deepEqual(
            state.filter((line) => !LEFT_OVER.test(line)),
            [],
            `call ${call}`,
          )
        }
        await host.does(first)
        assert.deepEqual(differenceBeyondKept(old, await host.snapshot()), [], `call ${call}`)
      },
    )
    t.diagnostic(`${calls} calls, ${halfDone} of them half done`)
  })

  test('an update at many of its calls: the same, and nobody is let in by half a sudoers file', {
    timeout: LONG_MS,
  }, async (t) => {
    const calls = await killEverywhere(
      second,
      [],
      isWhole ? 3 : 11,
      async () => {
        await host.does(first, '--purge')
        await host.does(first)
      },
      async (call) => {
        await host.sh('visudo -cq && sshd -t')
        await host.does(second)
        assert.deepEqual(differenceBeyondKept(complete, await host.snapshot()), [], `call ${call}`)
      },
    )
    t.diagnostic(`${calls} calls`)
  })

  test('an uninstall at many of its calls: the next run completes it', { timeout: LONG_MS }, async (t) => {
    const calls = await killEverywhere(
      first,
      ['--purge'],
      isWhole ? 2 : 7,
      async () => void (await host.does(first)),
      async (call) => {
        await host.sh('visudo -cq && sshd -t')
        await host.does(first, '--purge')
        assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [], `call ${call}`)
      },
    )
    t.diagnostic(`${calls} calls`)
  })

  test('killed again while it takes back, at many of its calls: the run after that completes it', {
    timeout: LONG_MS,
  }, async (t) => {
    const calls = await killEverywhere(
      first,
      [],
      isWhole ? 8 : 23,
      async () => {
        await host.does(first, '--purge')
        await killAt(host, 60)
        assert.ok(wasKilled(await host.runAlone(first)))
      },
      async (call) => {
        await host.does(first)
        assert.deepEqual(differenceBeyondKept(old, await host.snapshot()), [], `call ${call}`)
      },
    )
    t.diagnostic(`${calls} calls`)
    await host.does(first, '--purge')
  })

  test('killed, another app is installed: the half one is taken back, and both work in the end', {
    timeout: LONG_MS,
  }, async () => {
    for (const call of [38, 58, 80]) {
      await killAt(host, call)
      assert.ok(wasKilled(await host.runAlone(first)))
      await killAt(host, 0)
      assert.match(await host.does(site), /undoing it[\s\S]*run the install script of 'codebase' again/)
      await host.does(site, '--check')
      await host.does(first)
      await host.does(first, '--check')
      await host.does(site, '--purge')
      await host.does(first, '--purge')
      assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [], `call ${call}`)
    }
  })
})

/** What a kill leaves before the journal: empty folders, and the staging folder, which the next run clears away. */
const LEFT_OVER = /^(?:tmp\/shipit-install\.|var\/lib\/shipit(?:\/install(?:\/journal\.(?:new|done).*)?)?:)/

hostsSuite('an install on a disk that fills up', { hosts: 1, diskSize: '64m' }, (lab) => {
  const host = new InstalledHost(lab, 'web1')

  test('with more and more room: done, or the host is as it was', { timeout: LONG_MS }, async (t) => {
    const bare = await host.snapshot()
    let failed = 0
    for (let leaveKb = 0; ; leaveKb += 16) {
      await host.run(first, '--check')
      await lab.diskFull('web1', leaveKb)
      const result = await lab.exec('web1', ['/bin/sh', '/root/install.sh'])
      await lab.diskFree('web1')
      if (result.status === 0) break
      failed++
      assert.match(result.stderr, /nothing was changed|the host is as it was before/, `${leaveKb} KB`)
      assert.deepEqual(
        differenceBeyondKept(bare, await host.snapshot()),
        [],
        `${leaveKb} KB\n${result.stderr}`,
      )
      assert.ok(leaveKb < 4096)
    }
    await host.does(first, '--check')
    t.diagnostic(`${failed} sizes failed`)
  })
})
