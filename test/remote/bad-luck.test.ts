import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, shell } from '../../src/recipe/steps.ts'
import { patient } from '../support/patience.ts'
import {
  eventsOf,
  eventually,
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  refusal,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from './support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const GOOD = [git(), shell('true', { name: 'publish' })]
/** Prepares as long as the file is there. */
const HELD = [
  git(),
  shell(WHILE_HELD, { name: 'held', phase: 'prepare' }),
  shell('true', { name: 'publish' }),
]

describe('bad luck', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (steps: HostOptions['steps'], test: (host: RenderedHost) => Promise<void>) => {
        const host = new RenderedHost({ shell: name, ...(steps ? { steps } : {}) })
        host.commit('master', { version: '1' })
        try {
          await test(host)
        } finally {
          host.remove()
        }
      }
      const deployGood = async (host: RenderedHost): Promise<string> => {
        const run = makeRunId()
        const answer = await host.deploy('--branch master', run)
        assert.equal(answer.status, 0, answer.output)
        return run
      }
      const rollback = (host: RenderedHost, words = '') =>
        host.ask(`rollback --run ${makeRunId()} --app codebase${words}`)
      const isHeld = (host: RenderedHost, run: string) => () => host.stepOf(run).includes('held')

      it('a ref of the mirror that a power cut left empty breaks no later deploy', () =>
        onHost(GOOD, async (host) => {
          const run = await deployGood(host)
          truncateSync(host.path(`${STATE}/mirror.git/refs/shipit/run/${run}`))
          host.write(`${STATE}/mirror.git/refs/shipit/run/${makeRunId()}.lock`, '')
          host.commit('master', { version: '2' })
          await deployGood(host)
        }))

      it('a run whose start was killed before its line of the history has both lines there in the end', () =>
        onHost(GOOD, async (host) => {
          const run = await deployGood(host)
          for (const file of ['ended', 'outcome']) rmSync(host.path(`${STATE}/runs/${run}/${file}`))
          host.write(`${STATE}/history`, '')
          await deployGood(host)
          const lines = host
            .read(`${STATE}/history`)
            .split('\n')
            .filter((line) => line.includes(run))
          assert.deepEqual(
            lines.map((line) => /"event":"([a-z]+)"/.exec(line)?.[1]),
            ['run', 'outcome'],
          )
        }))

      it('a run whose records a power cut left empty is settled anew, and is no way back', () =>
        onHost(GOOD, async (host) => {
          const whole = await deployGood(host)
          const cut = await deployGood(host)
          for (const file of ['ended', 'commit']) truncateSync(host.path(`${STATE}/runs/${cut}/${file}`))
          host.commit('master', { version: '2' })
          await deployGood(host)
          assert.equal((await host.ask(`attach --run ${cut} --app codebase`)).status, 0)
          const back = await rollback(host)
          assert.deepEqual([back.status, eventsOf(back, 'run')[0]?.to], [0, whole])
        }))

      it('a rollback to a rollback does not need the run that it went to', () =>
        onHost(GOOD, async (host) => {
          const first = await deployGood(host)
          host.commit('master', { version: '2' })
          await deployGood(host)
          const back = await rollback(host)
          assert.equal(eventsOf(back, 'run')[0]?.to, first)
          await deployGood(host)
          rmSync(host.path(`${STATE}/runs/${first}`), { recursive: true })
          host.run('git', ['update-ref', '-d', `refs/shipit/run/${first}`], `${STATE}/mirror.git`)
          const again = await rollback(host)
          assert.equal(again.status, 0, again.output)
          assert.equal(eventsOf(again, 'run')[0]?.to, outcomeOf(back).run)
        }))

      it('a run that power took before it was the current one is settled by who follows it', () =>
        onHost(GOOD, async (host) => {
          const before = await deployGood(host)
          const cut = await deployGood(host)
          for (const file of ['ended', 'outcome', 'session'])
            rmSync(host.path(`${STATE}/runs/${cut}/${file}`))
          host.write(`${STATE}/runs/${cut}/log`, '')
          const [, run = ''] = host.read(`${STATE}/runs/${cut}/events`).split('\n')
          host.write(`${STATE}/runs/${cut}/events`, `${run}\n`)
          host.write(`${STATE}/current`, `${before}\n`)
          const attached = await host.deploy('--branch master', cut)
          assert.deepEqual([attached.status, eventsOf(attached, 'outcome')[0]?.outcome], [76, 'interrupted'])
          await deployGood(host)
        }))

      it('what a cancelled step started is ended before anybody else gets the lock', () =>
        onHost(
          [
            shell('sh -c "trap \'\' TERM; for turn in 1 2 3 4 5 6 7 8 9; do sleep 10; done" & wait', {
              name: 'deaf child',
              phase: 'prepare',
            }),
          ],
          async (host) => {
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            await eventually(() => host.stepOf(run) !== '')
            assert.equal((await host.ask(`cancel --run ${run} --app codebase`)).status, 0)
            assert.equal((await call).status, 130)
            const [session = ''] = host.read(`${STATE}/runs/${run}/session`).split(' ')
            const deaf = host.run('sh', ['-c', `ps -o args= -s ${session} | grep trap || :`])
            assert.equal(deaf, '')
          },
        ))

      for (const killed of ['the supervisor', 'the head'] as const)
        it(`cancel ends a step whose run has lost ${killed}`, () =>
          onHost([shell('echo asleep; sleep 30', { name: 'long', phase: 'prepare' })], async (host) => {
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            const folder = `/var/lib/shipit/apps/codebase/runs/${run}`
            // the watch is there before the step is
            await eventually(
              () => host.has(`${folder}/watch`) && /^asleep$/m.test(host.read(`${folder}/log`)),
            )
            const [session = ''] = host.read(`${folder}/session`).split(' ')
            const [watch = ''] = host.read(`${folder}/watch`).split(' ')
            process.kill(Number(killed === 'the head' ? session : watch), 'SIGKILL')
            const refused = await host.deploy()
            assert.equal(refused.status, 75)
            const told = await host.ask(`cancel --run ${run} --app codebase`)
            assert.equal(told.status, 0, told.output)
            const { status } = await call
            const attached = await host.ask(`attach --run ${run} --app codebase`)
            const end = killed === 'the head' ? ['interrupted', 76] : ['cancelled', 130]
            assert.deepEqual([outcomeOf(attached).outcome, status], end)
            const left = () => host.run('sh', ['-c', `ps -o stat=,args= -s ${session} | grep -v '^Z' || :`])
            await eventually(() => left() === '', patient(2000)).catch(() => assert.equal(left(), ''))
            const after = await host.ask('status --app codebase')
            assert.equal(eventsOf(after, 'status')[0]?.lock, 'free')
          }))

      it('a rollback whose target changed while it waited for the lock is not begun', () =>
        onHost(HELD, async (host) => {
          host.setConstant('runner', 'LOCK_TRIES', 600)
          await deployGood(host)
          host.commit('master', { version: '2' })
          await deployGood(host)
          host.commit('master', { version: '3' })
          host.hold()
          const run = makeRunId()
          const call = host.deploy('--branch master', run)
          await eventually(isHeld(host, run))
          const back = rollback(host)
          // it has looked for its target, and waits
          await new Promise((resolve) => setTimeout(resolve, 700))
          host.release()
          assert.equal((await call).status, 0)
          assert.deepEqual(refusal(await back), [75, 'changed'])
          assert.equal((await rollback(host)).status, 0)
        }))

      it('a freeze stops who waits for the lock already', () =>
        onHost(HELD, async (host) => {
          host.setConstant('runner', 'LOCK_TRIES', 600)
          host.hold()
          const run = makeRunId()
          const call = host.deploy('--branch master', run)
          await eventually(isHeld(host, run))
          const waits = host.deploy()
          await new Promise((resolve) => setTimeout(resolve, 700))
          assert.equal((await host.ask('freeze --app codebase --reason stop')).status, 0)
          host.release()
          assert.equal((await call).status, 0)
          assert.deepEqual(refusal(await waits), [75, 'frozen'])
        }))

      it('a process of somebody else with a newline in its name stops no cancel', () =>
        onHost(HELD, async (host) => {
          const odd = host.path('/x\ny')
          copyFileSync('/bin/sleep', odd)
          const process = spawn(odd, ['30'])
          try {
            host.hold()
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            await eventually(isHeld(host, run))
            assert.equal((await host.ask(`cancel --run ${run} --app codebase --now`)).status, 0)
            assert.equal((await call).status, 130)
            assert.equal((await host.ask('status --app codebase')).stderr, '')
          } finally {
            process.kill()
          }
        }))

      it('callers who do not read the answer keep the lock from nobody and start nothing', () =>
        onHost(GOOD, async (host) => {
          // a pipe that is full already, and has a reader who never reads
          const fifo = host.path('/full')
          host.run('mkfifo', [fifo])
          const full = `exec 3<>${fifo}; dd if=/dev/zero bs=65536 count=1 oflag=nonblock >&3 2>/dev/null; exec >&3;`
          const runs = Array.from({ length: 4 }, () => makeRunId())
          const calls = runs.map((run) =>
            host.ask(`deploy --run ${run} --app codebase --branch master`, full),
          )
          // they wait to be read
          await new Promise((resolve) => setTimeout(resolve, 1500))
          assert.equal(
            host.run('sh', ['-c', 'flock -n lock true && echo free'], '/etc/shipit/apps/codebase'),
            'free\n',
          )
          await deployGood(host)
          for (const call of await Promise.all(calls)) assert.equal(call.status, 0)
          for (const run of runs) assert.equal(host.has(`${STATE}/runs/${run}`), false)
          await deployGood(host)
        }))

      it('a machine that is too slow to find the client with the lock starts the run all the same', async () => {
        // three times the time is up before printf has begun
        const timeout = `case "$3" in 0.2)
for try in 1 2 3; do mkdir "$aside/$try" 2>/dev/null && exit 124; done ;; esac
exec "$real" "$@"`
        const sleep = `[ "$1" != 0.1 ] || : >"$aside/waits"; exec "$real" "$@"`
        const host = new RenderedHost({
          shell: name,
          steps: [shell('true', { name: 'a' })],
          before: { timeout, sleep },
        })
        try {
          host.setConstant('runner', 'LOCK_TRIES', 600)
          // it looks where it has waited for the lock
          const lock = host.path('/etc/shipit/apps/codebase/lock')
          const holder = spawn('flock', [lock, 'cat'])
          await eventually(() => spawnSync('flock', ['-n', lock, 'true']).status !== 0)
          const answer = host.deploy()
          await eventually(() => host.has('/aside/waits'))
          holder.stdin.end()
          assert.equal(outcomeOf(await answer).outcome, 'succeeded')
          assert.ok(host.has('/aside/3'))
        } finally {
          host.remove()
        }
      })

      it('many starts of one person wait for the lock one at a time', () =>
        onHost(HELD, async (host) => {
          host.setConstant('runner', 'LOCK_TRIES', 40)
          host.hold()
          const run = makeRunId()
          const call = host.deploy('--branch master', run)
          await eventually(isHeld(host, run))
          const waiting = Array.from({ length: 4 }, () => host.deploy())
          await new Promise((resolve) => setTimeout(resolve, 1000))
          // whose turn it is; the others have not opened the lock
          const lock = host.path('/etc/shipit/apps/codebase/lock')
          const find = `for each in $(find -L /proc/[0-9]*/fd -samefile ${lock} 2>/dev/null | cut -d/ -f3 | sort -u); do
            tr '\\0' ' ' </proc/$each/cmdline; echo; done | grep -c 'libexec/shipit/runner' || :`
          const openers = host.run('sh', ['-c', find])
          assert.ok(Number(openers) <= 2, openers)
          host.release()
          assert.equal((await call).status, 0)
          for (const answer of await Promise.all(waiting))
            assert.ok([0, 75].includes(answer.status ?? -1), `${answer.status}: ${answer.bytes}`)
        }))

      it('of cancels and freezes at the same time each leaves a whole mark, and one freeze has made it', () =>
        onHost(HELD, async (host) => {
          host.hold()
          const run = makeRunId()
          const call = host.deploy('--branch master', run)
          await eventually(isHeld(host, run))
          const many = (request: string) => Promise.all(Array.from({ length: 6 }, () => host.ask(request)))
          const locks = await many('freeze --app codebase --reason stop')
          assert.deepEqual(locks.map(({ status }) => status).sort(), [0, 75, 75, 75, 75, 75])
          assert.match(host.read(`${STATE}/freeze`), /^\S+ \d+ stop\n$/)
          const cancels = await many(`cancel --run ${run} --app codebase`)
          for (const { status } of cancels) assert.ok(status === 0 || status === 66, `${status}`)
          assert.equal((await call).status, 130)
          assert.match(host.read(`${STATE}/runs/${run}/cancel`), /^\S+ soon\n$/)
          const left = host.run('ls', [host.state, `${host.state}/runs/${run}`])
          assert.doesNotMatch(left, /\.new/)
        }))

      it('a cancel between two tries begins no other', () =>
        onHost(
          [
            shell('echo try >>"$HOME/../../../tries"; false', {
              name: 'retried',
              retries: 5,
              phase: 'prepare',
            }),
          ],
          async (host) => {
            const tries = () =>
              readFileSync(host.path('/var/lib/shipit/apps/tries'), 'utf8').split('\n').length - 1
            host.setConstant('run', 'RETRY_SECONDS', 9)
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            await eventually(
              () =>
                host.has(`${STATE}/runs/${run}/events`) &&
                /retrying/.test(host.read(`${STATE}/runs/${run}/events`)),
            )
            const before = tries()
            await host.ask(`cancel --run ${run} --app codebase`)
            assert.equal((await call).status, 130)
            assert.equal(tries(), before)
          },
        ))
    })
  }
})
