import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import type { CheckOptions } from '../../../src/recipe/step-options.ts'
import { check, git, releases, rsync, shell, type WrittenSteps } from '../../../src/recipe/steps.ts'
import { CheckedHost, listen } from '../support/checked-host.ts'
import {
  type Answer,
  eventsOf,
  inTurn,
  outcomeOf,
  type RenderedHost,
  SHELLS,
  whyNotShell,
} from '../support/rendered-host.ts'

const RECIPE = '/etc/shipit/apps/codebase/recipe'

describe('a run whose check fails', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      /** Live when it says it is ok. */
      const site = async (steps: (url: string) => WrittenSteps, file: string) => {
        let path = ''
        const { server: own, port: ownPort } = await listen((_, response) => {
          let text = ''
          try {
            text = readFileSync(path, 'utf8')
          } catch {
            // nothing is live yet
          }
          response.writeHead(text.includes('ok') ? 200 : 500).end(text)
        })
        const host = new CheckedHost({
          shell: name,
          steps: steps(`http://127.0.0.1:${ownPort}/`),
          flags: { docs: { summary: '' } },
        })
        path = host.path(file)
        const version = async (text: string) => {
          const commit = host.commit('master', { 'src/version': text })
          return { commit, answer: await host.deploy() }
        }
        const remove = () => {
          own.closeAllConnections()
          own.close()
          host.remove()
        }
        return { host, version, remove, live: () => readFileSync(path, 'utf8') }
      }
      const CHECK: CheckOptions = { name: 'up', retries: 1, grace: 0, onFailure: 'rollback' }
      const status = async (host: RenderedHost) =>
        eventsOf(await host.ask('status --app codebase'), 'status')[0]?.live
      const lastLines = (answer: Answer) =>
        answer.output.split('\n').filter((line) => line.startsWith('going back'))

      it('runs the steps of the last good run at its commit and with its flags', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            shell('echo "at $SHIPIT_COMMIT" >>"$HOME/../../../ran"', { name: 'ran' }),
            check(url, CHECK),
          ],
          '/var/codebase/src/version',
        )
        const none = await version('bad 0')
        assert.match(none.answer.output, /no good run to go back to/)
        assert.deepEqual([outcomeOf(none.answer).outcome, outcomeOf(none.answer).back], ['failed', undefined])
        assert.equal(live(), 'bad 0')
        assert.equal((await status(host))?.how, 'partial')

        const first = await version('ok 1')
        assert.equal(first.answer.status, 0, first.answer.output)
        const second = await version('ok 2')
        const bad = await version('bad 3')
        const outcome = outcomeOf(bad.answer)
        // its request, which is sent once more after a lost link, finds it
        const again = await host.deploy('--branch master', outcome.run)
        assert.deepEqual([again.status, outcomeOf(again)], [bad.answer.status, outcome])
        const to = outcomeOf(second.answer).run
        assert.deepEqual(
          [outcome.outcome, outcome.exit, outcome.step, outcome.back],
          ['failed', 1, 'up', to],
          bad.answer.output,
        )
        assert.equal(live(), 'ok 2')
        assert.deepEqual(lastLines(bad.answer), [
          `going back to run ${to}: git ... ok`,
          `going back to run ${to}: rsync src ... ok`,
          `going back to run ${to}: ran ... ok`,
          `going back to run ${to}: up ... ok`,
        ])
        assert.match(host.read('/var/lib/shipit/apps/ran'), new RegExp(`at ${second.commit}\n$`))
        // no step event belongs to the way back
        assert.equal(eventsOf(bad.answer, 'step').at(-1)?.state, 'ended')
        assert.equal(eventsOf(bad.answer, 'step').filter(({ state }) => state === 'started').length, 4)
        const { commit, run, how } = (await status(host)) ?? {}
        assert.deepEqual({ commit, run, how }, { commit: second.commit, run: to, how: 'complete' })
        assert.ok(host.has(`/var/lib/shipit/apps/codebase/runs/${outcome.run}/bad`))
        const history = await host.ask('history --app codebase --limit 1')
        assert.equal(outcomeOf(history).back, to)
        // a power cut after it had come there, and before it said so
        const folder = `/var/lib/shipit/apps/codebase/runs/${outcome.run}`
        for (const missing of [[], ['rollback']]) {
          const files = ['ended', 'outcome', ...missing].map((name) => host.path(`${folder}/${name}`))
          host.run('rm', files)
          host.write(`${folder}/session`, `1 00000000-0000-0000-0000-000000000000 1\n`)
          const cut = outcomeOf(await host.ask('status --app codebase'))
          assert.deepEqual([cut.outcome, cut.back, cut.tried], ['interrupted', to, undefined])
        }
        // what is live is that run's, so that a rollback goes to the one before
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
        assert.equal(back.status, 0, back.output)
        assert.equal(live(), 'ok 1')
        remove()
      })

      it('switches back to the release that is kept, without a build', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            shell('echo build >>"$HOME/../../../builds"', { name: 'build', phase: 'prepare' }),
            releases({ root: '/var/app', from: 'src/' }),
            check(url, CHECK),
          ],
          '/var/app/current/version',
        )
        const good = outcomeOf((await version('ok 1')).answer).run
        for (const text of ['bad 2', 'bad 3']) {
          const { answer } = await version(text)
          assert.deepEqual(
            [outcomeOf(answer).outcome, outcomeOf(answer).back],
            ['failed', good],
            answer.output,
          )
          assert.equal(live(), 'ok 1')
          assert.deepEqual(
            lastLines(answer).map((line) => line.split(': ')[1]),
            ['git ... ok', 'switch ... ok', 'up ... ok'],
          )
        }
        assert.equal(host.read('/var/lib/shipit/apps/builds'), 'build\n'.repeat(3))
        assert.equal((await version('ok 4')).answer.status, 0)
        // a rollback whose check fails goes forward again
        host.write('/var/app/releases/by-hand/version', 'bad by hand')
        host.run('sh', ['-c', `echo bad >"$0"`, host.path(`/var/app/releases/${good}/version`)])
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
        assert.equal(outcomeOf(back).outcome, 'failed', back.output)
        assert.equal(live(), 'ok 4')
        remove()
      })

      it('does not go back for who cancels, and stops at a step that fails on the way', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            shell('test -z "$SHIPIT_BACK_TO"', { name: 'breaks' }),
            check(url, { ...CHECK, retries: 50, grace: 1 }),
          ],
          '/var/codebase/src/version',
        )
        const { commit: goodCommit, answer: first } = await version('ok 1')
        assert.equal(first.status, 0)
        const good = outcomeOf(first)
        host.commit('master', { 'src/version': 'bad 2' })
        const run = makeRunId()
        const call = host.start(
          `deploy --run ${run} --app codebase --branch master --session ${'0'.repeat(32)}`,
        )
        await call.until('"state":"retrying"')
        await host.ask(`cancel --run ${run} --app codebase`)
        assert.equal((await call.answer).status, 130)
        assert.equal(live(), 'bad 2')
        assert.doesNotMatch(call.soFar, /going back/)

        host.write(RECIPE, host.read(RECIPE).replace(" 50 1 'rollback'", " 0 0 'rollback'"))
        const { answer } = await version('bad 3')
        const { outcome, back, tried, backStep } = outcomeOf(answer)
        assert.deepEqual([outcome, back, tried, backStep], ['failed', undefined, good.run, 'breaks'])
        assert.deepEqual(
          lastLines(answer).map((line) => line.split(': ')[1]),
          ['git ... ok', 'rsync src ... ok', 'breaks ... failed with status 1'],
        )
        // neither the one nor the other
        const stuck = await status(host)
        assert.deepEqual(
          [stuck?.how, stuck?.commit, stuck?.run],
          ['partial', goodCommit, outcomeOf(answer).run],
        )
        remove()
      })

      it('does not say that it is there where no step of the recipe published on the way', async () => {
        const { host, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true, when: 'docs' }),
            check(url, CHECK),
          ],
          '/var/codebase/src/version',
        )
        host.commit('master', { 'src/version': 'ok 1' })
        const first = await host.deploy('--branch master --docs')
        assert.equal(first.status, 0, first.output)
        // another recipe, whose flag has another name
        host.write(RECIPE, host.read(RECIPE).replaceAll("'docs'", "'html'"))
        host.commit('master', { 'src/version': 'bad 2' })
        const answer = await host.deploy('--branch master --html')
        const { outcome, back, tried } = outcomeOf(answer)
        assert.deepEqual([outcome, back, tried], ['failed', undefined, outcomeOf(first).run], answer.output)
        assert.equal(live(), 'bad 2')
        assert.equal((await status(host))?.how, 'partial')
        remove()
      })

      it('of a rollback away from what failed stays where it is: it is there already', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            shell('test ! -e src/stop', { name: 'restart' }),
            check(url, { ...CHECK, retries: 0 }),
          ],
          '/var/codebase/src/version',
        )
        const first = outcomeOf((await version('ok 1')).answer).run
        host.commit('master', { 'src/version': 'ok 2', 'src/stop': 'x' })
        assert.equal((await host.deploy()).status, 1)
        host.write(RECIPE, host.read(RECIPE).replace("/' 200 ", "/' 201 "))
        const answer = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
        const { outcome, back, tried } = outcomeOf(answer)
        assert.deepEqual([outcome, back, tried], ['failed', undefined, undefined], answer.output)
        assert.equal(live(), 'ok 1')
        const [state] = eventsOf(await host.ask('history --app codebase'), 'status')
        assert.equal(state?.target, first)
        remove()
      })

      it('says that the check fails on what it went back to as well', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            check(url, CHECK),
          ],
          '/var/codebase/src/version',
        )
        const good = outcomeOf((await version('ok 1')).answer).run
        // as if what the site needs had gone: now neither is well
        host.write(RECIPE, host.read(RECIPE).replace("/' 200 ", "/' 201 "))
        const { answer } = await version('bad 2')
        const { outcome, back, backStep } = outcomeOf(answer)
        assert.deepEqual([outcome, back, backStep], ['failed', good, 'up'], answer.output)
        assert.equal(live(), 'ok 1')
        remove()
      })
    })
  }
})
