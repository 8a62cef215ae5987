import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, rsync, shell } from '../../src/recipe/steps.ts'
import {
  eventsOf,
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  refusal,
  SHELLS,
  waysOf,
  whyNotShell,
  withHost,
} from './support/rendered-host.ts'

const onHost = (options: HostOptions, test: (host: RenderedHost) => Promise<void>) =>
  withHost(new RenderedHost(options), test)

describe('rollback', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      it('goes to the newest good run before what is live, also twice, also after the branch was rewritten', () =>
        onHost(
          {
            shell: name,
            flags: { docs: { summary: '' } },
            steps: [
              git(),
              rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
              shell('test ! -e src/bad', { name: 'check' }),
            ],
          },
          async (host) => {
            const deploy = async (version: string, files: Record<string, string> = {}) => {
              host.commit('master', { 'src/version': version, ...files })
              return host.deploy('--branch master --docs')
            }
            const rollback = async (words = '') =>
              host.ask(`rollback --run ${makeRunId()} --app codebase${words}`)
            const live = () => host.read('/var/codebase/src/version')
            const none = await rollback()
            assert.deepEqual([none.status, eventsOf(none, 'refused')[0]?.reason], [66, 'no-target'])
            const first = await deploy('1')
            await deploy('2')
            assert.equal((await deploy('3', { 'src/bad': 'x' })).status, 1)
            assert.equal((await deploy('4', { 'src/bad': '' })).status, 0)
            assert.equal((await deploy('5', { 'src/bad': 'x' })).status, 1)
            assert.equal((await host.deploy('--branch nope')).status, 66)
            assert.equal(live(), '5')
            // nothing upstream is needed
            host.run('git', ['update-ref', '-d', 'refs/heads/master'], '/srv/git/codebase.git')
            const back = await rollback()
            assert.equal(back.status, 0, back.output)
            assert.deepEqual(eventsOf(back, 'run')[0]?.flags, ['docs'])
            assert.equal(live(), '4')
            assert.equal((await rollback()).status, 0)
            assert.equal(live(), '2')
            assert.equal((await rollback()).status, 0)
            assert.equal(live(), '1')
            const spent = await rollback()
            assert.deepEqual([spent.status, eventsOf(spent, 'refused')[0]?.reason], [66, 'no-target'])
            const named = await rollback(` --to ${outcomeOf(first).run}`)
            assert.equal(named.status, 0, named.output)
          },
        ))

      /** A host with good versions 1 to `count`, whose last step fails while there is a file `stop`. */
      const withVersions = (count: number, test: (host: RenderedHost, runs: string[]) => Promise<void>) =>
        onHost(
          {
            shell: name,
            steps: [
              git(),
              rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
              shell('test ! -e "$HOME/../../../stop"', { name: 'restart' }),
            ],
          },
          async (host) => {
            const runs: string[] = []
            for (let version = 1; version <= count; version += 1) {
              host.commit('master', { 'src/version': `${version}` })
              const answer = await host.deploy()
              assert.equal(answer.status, 0, answer.output)
              runs.push(outcomeOf(answer).run)
            }
            await test(host, runs)
          },
        )
      const STOP = '/var/lib/shipit/apps/stop'
      const rollback = (host: RenderedHost, words = '') =>
        host.ask(`rollback --run ${makeRunId()} --app codebase${words}`)
      const live = (host: RenderedHost) => host.read('/var/codebase/src/version')
      const isBad = (host: RenderedHost, run = '') =>
        host.has(`/var/lib/shipit/apps/codebase/runs/${run}/bad`)

      it('passes over runs that show what is live already, unless they are named', () =>
        onHost(
          {
            shell: name,
            steps: [git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })],
          },
          async (host) => {
            const rollback = (words = '') => host.ask(`rollback --run ${makeRunId()} --app codebase${words}`)
            host.commit('master', { 'src/version': '1' })
            const only = outcomeOf(await host.deploy()).run
            assert.equal((await host.deploy()).status, 0)
            assert.deepEqual(refusal(await rollback()), [66, 'no-target'])
            host.commit('master', { 'src/version': '2' })
            for (const _ of [1, 2]) assert.equal((await host.deploy()).status, 0)
            assert.equal((await rollback()).status, 0)
            assert.equal(host.read('/var/codebase/src/version'), '1')
            assert.equal((await rollback(` --to ${only}`)).status, 0)
          },
        ))

      it('that failed is done again by the next one: it does not bring back what it was to leave', () =>
        withVersions(3, async (host, [first, second, third]) => {
          host.write(STOP, '')
          for (const _ of ['once', 'twice']) {
            const failed = await rollback(host)
            assert.deepEqual([failed.status, eventsOf(failed, 'run')[0]?.to], [1, second], failed.output)
            assert.deepEqual([isBad(host, second), isBad(host, third)], [false, false])
          }
          host.run('rm', [host.path(STOP)])
          const again = await rollback(host)
          assert.deepEqual([again.status, eventsOf(again, 'run')[0]?.to], [0, second], again.output)
          assert.equal(live(host), '2')
          assert.deepEqual([isBad(host, second), isBad(host, third)], [false, true])
          const further = await rollback(host)
          assert.deepEqual([further.status, eventsOf(further, 'run')[0]?.to], [0, first], further.output)
          assert.deepEqual(refusal(await rollback(host)), [66, 'no-target'])
        }))

      it('that failed may be taken back by naming what it was to leave, and what is live already stays good', () =>
        withVersions(2, async (host, [first, second]) => {
          host.write(STOP, '')
          assert.equal((await rollback(host)).status, 1)
          host.run('rm', [host.path(STOP)])
          for (const _ of ['taken back', 'live already']) {
            const answer = await rollback(host, ` --to ${second}`)
            assert.equal(answer.status, 0, answer.output)
            assert.equal(live(host), '2')
            assert.equal(isBad(host, second), false)
          }
          // nor is it begun where something else is live than the person was told
          assert.deepEqual(refusal(await rollback(host, ` --from ${first}`)), [75, 'changed'])
          const told = eventsOf(await host.ask('status --app codebase'), 'status')[0]?.live?.run
          const back = await rollback(host, ` --from ${told}`)
          assert.deepEqual([back.status, eventsOf(back, 'run')[0]?.to], [0, first])
        }))

      it('that failed keeps what it was to leave from being a way back only until something succeeds', () =>
        withVersions(2, async (host, [first, second]) => {
          const target = async () => eventsOf(await host.ask('history --app codebase'), 'status')[0]?.target
          host.write(STOP, '')
          assert.equal((await rollback(host)).status, 1)
          assert.equal(await target(), first)
          host.run('rm', [host.path(STOP)])
          host.commit('master', { 'src/version': '3' })
          assert.equal((await host.deploy()).status, 0)
          assert.equal(await target(), second)
        }))

      it('leaves all that shows the same as what it leaves', () =>
        withVersions(3, async (host, [, second, third]) => {
          const fail = async (version: string) => {
            host.write(STOP, '')
            host.commit('master', { 'src/version': version })
            assert.equal((await host.deploy()).status, 1)
            host.run('rm', [host.path(STOP)])
          }
          const goesTo = async () => eventsOf(await rollback(host), 'run')[0]?.to
          await fail('4')
          assert.equal(await goesTo(), third)
          await fail('5')
          // to that rollback, which shows the third one
          assert.notEqual(await goesTo(), third)
          assert.equal(live(host), '3')
          assert.equal(await goesTo(), second)
          const ways = waysOf(await host.ask('history --app codebase'))
          // all may be named, those that were left too
          assert.deepEqual(ways.good.length, 6)
          assert.ok(ways.bad.includes(third ?? ''))
          assert.equal(live(host), '2')
          await goesTo()
          assert.equal(live(host), '1')
        }))

      it('goes to a run that was left where it is named, and that is a way back again', () =>
        withVersions(3, async (host, [first, second, third]) => {
          const goesTo = async (words = '') => eventsOf(await rollback(host, words), 'run')[0]?.to
          assert.equal(await goesTo(), second)
          assert.equal(isBad(host, third), true)
          assert.equal(await goesTo(` --to ${third}`), third)
          assert.equal(live(host), '3')
          assert.deepEqual([isBad(host, third), isBad(host, second)], [false, true])
          assert.equal(await goesTo(), first)
          assert.equal(await goesTo(` --to ${second}`), second)
          assert.equal(live(host), '2')
        }))

      it('passes over a run whose commit can not be exported', () =>
        withVersions(3, async (host, [first, second]) => {
          const state = '/var/lib/shipit/apps/codebase'
          const mirror = `${state}/mirror.git`
          const commit = host.read(`${state}/runs/${second}/commit`).trim()
          const tag = host.run(
            'sh',
            [
              '-c',
              `printf 'object ${commit}\ntype commit\ntag v\ntagger t <t@t> 0 +0000\n\nv\n' | git mktag`,
            ],
            mirror,
          )
          for (const junk of [tag.trim(), 'f'.repeat(40)]) {
            host.write(`${state}/runs/${second}/commit`, `${junk}\n`)
            const { target, good } = waysOf(await host.ask('history --app codebase'))
            assert.deepEqual([target, good.includes(second ?? '')], [first, false])
            assert.deepEqual(refusal(await rollback(host, ` --to ${second}`)), [66, 'no-target'])
          }
          const back = await rollback(host)
          assert.deepEqual([back.status, live(host)], [0, '1'], back.output)
        }))

      it('that published nothing leaves nothing, and its host says where it would go', () =>
        withVersions(2, async (host, [first, second]) => {
          const { target, good, bad } = waysOf(await host.ask('history --app codebase'))
          assert.deepEqual([target, good, bad], [first, [first, second], []])
          // its commit is gone, so that it ends before it publishes
          host.run('rm', ['-rf', host.path('/var/lib/shipit/apps/codebase/mirror.git')])
          assert.equal((await rollback(host)).status, 66)
          host.commit('master', { 'src/version': '3' })
          host.write(STOP, '')
          assert.equal((await host.deploy()).status, 1)
          const [after] = eventsOf(await host.ask('history --app codebase'), 'status')
          assert.equal(after?.target, second)
        }))
    })
  }
})
