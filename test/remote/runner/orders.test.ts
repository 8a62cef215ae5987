import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { command, shell } from '../../../src/recipe/steps.ts'
import { patient } from '../../support/patience.ts'
import {
  type Answer,
  type Call,
  eventsOf,
  eventually,
  type HostOptions,
  inTurn,
  outcomeOf,
  pause,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
  withHost,
} from '../support/rendered-host.ts'

/** Somebody freezes the app just before what is to be removed goes. */
const FREEZES_AT_RM = `case "$*" in
*/freeze) read -r freeze <"$aside/theirs" && "$real" "$aside/theirs" && echo carol 1700000000 hers >"$freeze" ;;
esac
exec "$real" "$@"`

const onHost = (options: HostOptions, test: (host: RenderedHost) => Promise<void>) =>
  withHost(new RenderedHost(options), test)

async function startRun(host: RenderedHost, step: string): Promise<{ run: string; call: Call }> {
  const run = makeRunId()
  const call = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
  await call.until(`"name":"${step}","state":"started"`)
  return { run, call }
}

function ended(answer: Answer) {
  const { outcome, exit, step, by } = outcomeOf(answer)
  return { outcome, exit, step, by: by !== undefined }
}

describe('orders about runs', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const later = shell('echo later', { name: 'later' })

      it('cancel ends a prepare step at once, with its children, and the run with it', () =>
        onHost(
          { shell: name, steps: [shell('sleep 30 & sleep 30', { name: 'long', phase: 'prepare' }), later] },
          async (host) => {
            const { run, call } = await startRun(host, 'long')
            const began = Date.now()
            const told = await host.ask(`cancel --run ${run} --app codebase`)
            assert.deepEqual(
              { ...eventsOf(told, 'cancelling')[0], time: '' },
              { event: 'cancelling', run, step: 'long', phase: 'prepare', time: '' },
            )
            assert.equal((await call.answer).status, 130)
            assert.ok(Date.now() - began < patient(10_000), `${Date.now() - began} ms`)
            const attached = await host.ask(`attach --run ${run} --app codebase`)
            assert.deepEqual(ended(attached), { outcome: 'cancelled', exit: 130, step: 'long', by: true })
            assert.doesNotMatch(attached.output, /later/)
            const [session = ''] = host.read(`/var/lib/shipit/apps/codebase/runs/${run}/session`).split(' ')
            const left = () => host.run('sh', ['-c', `ps -o stat=,args= -s ${session} | grep -v '^Z' || :`])
            await eventually(() => left() === '', patient(2000)).catch(() => assert.equal(left(), ''))
            const again = await host.ask(`cancel --run ${run} --app codebase`)
            assert.deepEqual([again.status, eventsOf(again, 'refused')[0]?.reason], [66, 'not-running'])
          },
        ))

      it('cancel ends by KILL what ignores TERM', () =>
        onHost(
          {
            shell: name,
            steps: [shell("trap '' TERM; while :; do sleep 1; done", { name: 'deaf', phase: 'prepare' })],
          },
          async (host) => {
            const { run, call } = await startRun(host, 'deaf')
            const began = Date.now()
            await host.ask(`cancel --run ${run} --app codebase`)
            assert.equal((await call.answer).status, 130)
            assert.ok(Date.now() - began < patient(15_000), `${Date.now() - began} ms`)
          },
        ))

      it('cancel ends a step that has put a pipe in the place of a file that its supervisor writes', () =>
        onHost(
          {
            shell: name,
            steps: [
              shell(
                'cd "$HOME/../../runs/$SHIPIT_RUN"; until mkfifo nap.watch 2>/dev/null; do rm -f nap.watch; done; echo made; sleep 30',
                { name: 'odd', phase: 'prepare' },
              ),
            ],
          },
          async (host) => {
            const { run, call } = await startRun(host, 'odd')
            await call.until('made')
            // the supervisor looks once a second
            await pause(1500)
            await host.ask(`cancel --run ${run} --app codebase`)
            assert.equal((await call.answer).status, 130)
          },
        ))

      it('cancel lets a publish step finish and stops then, unless it says now', () =>
        onHost(
          { shell: name, steps: [shell(`${WHILE_HELD}; echo done`, { name: 'publish' }), later] },
          async (host) => {
            for (const now of [false, true]) {
              host.hold()
              const { run, call } = await startRun(host, 'publish')
              await host.ask(`cancel --run ${run} --app codebase${now ? ' --now' : ''}`)
              if (!now) {
                const [status] = eventsOf(await host.ask('status --app codebase'), 'status')
                assert.deepEqual([status?.holder?.run, status?.holder?.by], [run, status?.holder?.user])
                host.release()
              }
              const answer = await call.answer
              assert.equal(answer.status, 130)
              assert.equal(/done/.test(call.soFar), !now)
              assert.doesNotMatch(call.soFar, /later\n/)
              const attached = await host.ask(`attach --run ${run} --app codebase`)
              assert.deepEqual(ended(attached), {
                outcome: 'cancelled',
                exit: 130,
                step: now ? 'publish' : 'later',
                by: true,
              })
            }
            assert.equal(eventsOf(await host.ask('status --app codebase'), 'status')[0]?.live?.how, 'partial')
          },
        ))

      it('a run that is cancelled before it is there does not begin', () =>
        onHost({ shell: name, steps: [later] }, async (host) => {
          const run = makeRunId()
          const answer = await host.ask(`cancel --run ${run} --app codebase`)
          assert.deepEqual([answer.status, eventsOf(answer, 'refused')[0]?.reason], [66, 'unknown-run'])
          const late = await host.deploy('--branch master', run)
          assert.deepEqual([late.status, eventsOf(late, 'refused')[0]?.reason], [130, 'cancelled'])
          assert.equal(eventsOf(await host.ask('history --app codebase'), 'run').length, 0)
          assert.equal((await host.deploy()).status, 0)
          // the newest of each person's are kept
          const others = makeRunId()
          host.write(`/var/lib/shipit/apps/codebase/withdrawn/of-bob/${others}`, '')
          host.setConstant('runner', 'KEPT_WITHDRAWN', 2)
          for (let round = 0; round < 3; round += 1)
            await host.ask(`cancel --run ${makeRunId()} --app codebase`)
          const kept = readdirSync(`${host.state}/withdrawn`).map((each) => [
            each,
            readdirSync(`${host.state}/withdrawn/${each}`).length,
          ])
          assert.deepEqual(
            kept.sort(),
            [
              ['of-bob', 1],
              [`of-${userInfo().username}`, 2],
            ].sort(),
          )
        }))

      it('freeze stops all deploys until it is unfrozen, and names its author, reason and age', () =>
        onHost({ shell: name, steps: [later] }, async (host) => {
          assert.equal((await host.ask('freeze --app codebase --reason the_release:_2.0')).status, 0)
          const twice = await host.ask('freeze --app codebase --reason again')
          assert.deepEqual(
            [twice.status, eventsOf(twice, 'refused')[0]?.freeze?.reason],
            [75, 'the_release:_2.0'],
          )
          const answer = await host.deploy()
          const [refused] = eventsOf(answer, 'refused')
          assert.deepEqual(
            [answer.status, refused?.reason, refused?.freeze?.reason],
            [75, 'frozen', 'the_release:_2.0'],
          )
          const status = eventsOf(await host.ask('status --app codebase'), 'status')[0]
          assert.deepEqual([status?.lock, status?.freeze?.reason], ['free', 'the_release:_2.0'])
          assert.equal((await host.ask('unfreeze --app codebase')).status, 0)
          assert.equal((await host.ask('unfreeze --app codebase')).status, 0)
          // of somebody whose account is gone: the name is the one of that day, and who has the right ends it
          host.write('/var/lib/shipit/apps/codebase/freeze', 'corp+gone.person 1700000000 moved_on\n')
          const [left] = eventsOf(await host.ask('status --app codebase'), 'status')
          assert.deepEqual([left?.freeze?.user, left?.freeze?.reason], ['corp+gone.person', 'moved_on'])
          assert.equal((await host.ask('unfreeze --app codebase')).status, 0)
          assert.equal((await host.deploy()).status, 0)
        }))

      it('unfreeze ends no freeze that comes once it has found none', () =>
        onHost({ shell: name, steps: [later], before: { rm: FREEZES_AT_RM } }, async (host) => {
          const freeze = '/var/lib/shipit/apps/codebase/freeze'
          host.write('/aside/theirs', `${host.path(freeze)}\n`)
          assert.equal((await host.ask('unfreeze --app codebase')).status, 0)
          assert.ok(host.has('/aside/theirs') || host.has(freeze))
        }))

      it('a step is begun again as often as its retries say', () =>
        onHost(
          {
            shell: name,
            steps: [
              shell('echo try >>"$HOME/../../../tries"; test "$(wc -l <"$HOME/../../../tries")" -ge 3', {
                name: 'second try',
                retries: 3,
              }),
              command(['false'], { name: 'never', retries: 1 }),
            ],
          },
          async (host) => {
            const answer = await host.deploy()
            const told = eventsOf(answer, 'step').map((step) => `${step.name} ${step.state}`)
            assert.deepEqual(told, [
              'second try started',
              'second try retrying',
              'second try retrying',
              'second try ended',
              'never started',
              'never retrying',
              'never ended',
            ])
            assert.deepEqual(ended(answer), { outcome: 'failed', exit: 1, step: 'never', by: false })
          },
        ))

      it('a cancel is told to all who watch, once for each thing that it changes', () =>
        onHost({ shell: name, steps: [shell(WHILE_HELD, { name: 'publish' }), later] }, async (host) => {
          host.hold()
          const { run, call } = await startRun(host, 'publish')
          const watching = host.start(`attach --run ${run} --app codebase --session ${SESSION}`)
          for (const words of ['', '', ' --now', ' --now', '']) {
            const answer = await host.ask(`cancel --run ${run} --app codebase${words}`)
            assert.ok(answer.status === 0 || eventsOf(answer, 'refused')[0]?.reason === 'not-running')
          }
          await watching.until('"event":"cancelled"')
          for (const answer of [await call.answer, await watching.answer]) {
            const told = eventsOf(answer, 'cancelled')
            assert.deepEqual(
              told.map(({ when }) => when),
              ['soon', 'now'],
            )
            assert.equal(told[0]?.by, outcomeOf(answer).by)
            assert.equal(answer.events.at(-1)?.event, 'outcome')
          }
        }))

      it('log tells what there is and does not wait', () =>
        onHost(
          { shell: name, steps: [shell(`echo first; ${WHILE_HELD}; echo second`, { name: 'slow' })] },
          async (host) => {
            host.hold()
            const { run, call } = await startRun(host, 'slow')
            await call.until('first\n')
            const told = await host.ask(`log --run ${run} --app codebase`)
            assert.equal(told.status, 0)
            assert.equal(told.output, 'first\n')
            host.release()
            await call.answer
            assert.match((await host.ask(`log --run ${run} --app codebase`)).output, /first\nsecond\n$/)
          },
        ))
    })
  }
})
