// Never back in time by accident: a deploy of a commit that what is live has in it changes nothing, unless it says --back.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, rsync, shell } from '../../src/recipe/steps.ts'
import {
  eventsOf,
  eventually,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from './support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const STEPS = [git(), rsync({ from: './', to: '/srv/site/', delete: true })]

describe('an older commit', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      /** With two commits on the branch, of which the newer one is live. */
      const onHost = async (
        test: (host: RenderedHost, commits: { older: string; newer: string }) => Promise<void>,
        steps: ConstructorParameters<typeof RenderedHost>[0]['steps'] = STEPS,
      ) => {
        const host = new RenderedHost({ shell: name, steps })
        const older = host.commit('master', { version: '1' })
        const newer = host.commit('master', { version: '2' })
        try {
          const answer = await host.deploy('--branch master')
          assert.equal(answer.status, 0, answer.output)
          await test(host, { older, newer })
        } finally {
          host.remove()
        }
      }
      const version = (host: RenderedHost) => host.read('/srv/site/version').trim()

      it('is superseded, and nothing is changed', () =>
        onHost(async (host, { older, newer }) => {
          const live = host.read(`${STATE}/live`)
          const answer = await host.deploy(`--branch master --commit ${older}`)
          assert.equal(answer.status, 0, answer.stderr)
          const outcome = outcomeOf(answer)
          assert.deepEqual(
            [outcome?.outcome, outcome?.exit, outcome?.commit, outcome?.live?.commit, outcome?.live?.how],
            ['superseded', 0, older, newer, 'complete'],
          )
          assert.deepEqual(
            eventsOf(answer, 'step').map(({ name: step, state }) => `${step} ${state}`),
            ['git started', 'git ended'],
          )
          assert.match(
            answer.output,
            new RegExp(
              `^${older} is on branch 'master', and what is live, ${newer}, has that in it: nothing is`,
              'm',
            ),
          )
          assert.deepEqual([version(host), host.read(`${STATE}/live`)], ['2', live])
          // what was live as it began stands in its log alone
          assert.equal(eventsOf(answer, 'run')[0]?.live?.commit, newer)
          assert.doesNotMatch(host.read(`${STATE}/history`), /"event":"run".*"live"/)
        }))

      it('is deployed with --back, and the newer one after it without', () =>
        onHost(async (host, { older }) => {
          const back = await host.deploy(`--branch master --commit ${older} --back`)
          assert.deepEqual([back.status, version(host)], [0, '1'], back.output)
          assert.equal(eventsOf(back, 'run')[0]?.back, true)
          const forth = await host.deploy('--branch master')
          assert.deepEqual([outcomeOf(forth)?.outcome, version(host)], ['succeeded', '2'])
        }))

      it('is superseded by whatever branch or tag brought the newer one', () =>
        onHost(async (host) => {
          host.commit('topic', { version: '3' }, 'master')
          host.run('git', ['tag', 'v3', 'topic'], '/srv/git/codebase.git')
          assert.equal(outcomeOf(await host.deploy('--tag v3'))?.outcome, 'succeeded')
          assert.equal(outcomeOf(await host.deploy('--branch master'))?.outcome, 'superseded')
          assert.equal(version(host), '3')
        }))

      it('is no other commit: the same one, one beside it and a rewritten branch are deployed', () =>
        onHost(async (host, { older }) => {
          assert.equal(outcomeOf(await host.deploy('--branch master'))?.outcome, 'succeeded')
          host.run('git', ['branch', 'beside', older], '/srv/git/codebase.git')
          host.commit('beside', { version: 'beside' })
          assert.equal(outcomeOf(await host.deploy('--branch beside'))?.outcome, 'succeeded')
          assert.equal(version(host), 'beside')
          host.run('git', ['branch', '-f', 'master', older], '/srv/git/codebase.git')
          host.commit('master', { version: 'rewritten' })
          assert.equal(outcomeOf(await host.deploy('--branch master'))?.outcome, 'succeeded')
          assert.equal(version(host), 'rewritten')
        }))

      it('is gone back to by a rollback, and a newer one than that is deployed', () =>
        onHost(async (host) => {
          const newest = host.commit('master', { version: '3' })
          assert.equal((await host.deploy('--branch master')).status, 0)
          const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
          assert.deepEqual([outcomeOf(back)?.outcome, version(host)], ['succeeded', '2'])
          const again = await host.deploy(`--branch master --commit ${newest}`)
          assert.deepEqual([outcomeOf(again)?.outcome, version(host)], ['succeeded', '3'])
        }))

      it('is superseded by a newer one that is only partly live, and the outcome says so', () =>
        onHost(
          async (host) => {
            const newest = host.commit('master', { version: '3' })
            host.write('/var/lib/shipit/fails', '')
            assert.equal((await host.deploy('--branch master')).status, 1)
            host.run('git', ['branch', '-f', 'master', 'master^'], '/srv/git/codebase.git')
            const answer = await host.deploy('--branch master')
            const { outcome, live } = outcomeOf(answer) ?? {}
            assert.deepEqual([outcome, live?.commit, live?.how], ['superseded', newest, 'partial'])
          },
          [...STEPS, shell('! test -e "$HOME/../../../../fails"', { name: 'fails', phase: 'publish' })],
        ))

      it('is no way back, and is told by the history', () =>
        onHost(async (host, { older }) => {
          const run = makeRunId()
          await host.deploy(`--branch master --commit ${older}`, run)
          assert.match(
            host.read(`${STATE}/history`),
            new RegExp(`"run":"${run}","outcome":"superseded","exit":0,"live":`),
          )
          const answer = await host.ask(`rollback --run ${makeRunId()} --app codebase --to ${run}`)
          assert.equal(eventsOf(answer, 'refused')[0]?.reason, 'no-target')
        }))

      it('that was asked with --back is not the same request without', () =>
        onHost(async (host, { older }) => {
          const run = makeRunId()
          await host.deploy(`--branch master --commit ${older} --back`, run)
          const same = await host.deploy(`--branch master --commit ${older} --back`, run)
          assert.equal(outcomeOf(same)?.outcome, 'succeeded')
          const other = await host.deploy(`--branch master --commit ${older}`, run)
          assert.equal(eventsOf(other, 'refused')[0]?.reason, 'used')
        }))

      it('that waited for the lock of a newer one is superseded once it has it', () =>
        onHost(
          async (host) => {
            const older = host.commit('master', { version: '3' })
            host.commit('master', { version: '4' })
            host.hold()
            const first = makeRunId()
            const newer = host.deploy('--branch master', first)
            await eventually(() => host.stepOf(first) !== '')
            const run = makeRunId()
            const late = await host.deploy(`--branch master --commit ${older} --wait`, run)
            assert.equal(eventsOf(late, 'refused')[0]?.reason, 'locked')
            host.release()
            assert.equal((await newer).status, 0)
            const then = await host.deploy(`--branch master --commit ${older} --wait`, run)
            assert.deepEqual([outcomeOf(then)?.outcome, version(host)], ['superseded', '4'])
          },
          [
            git(),
            shell(WHILE_HELD, { name: 'held', phase: 'prepare' }),
            rsync({ from: './', to: '/srv/site/', delete: true }),
          ],
        ))
    })
  }
})
