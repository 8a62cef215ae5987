import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { after, describe } from 'node:test'
import { STATES } from '../../../src/install/bundle.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import {
  eventsOf,
  eventually,
  inTurn,
  outcomeOf,
  pause,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

/** Writes what it can, for a minute at most: a test that is cut off ends nothing. */
const NOISY =
  'turns=0; while [ $turns -lt 3000 ]; do turns=$((turns + 1)); head -c 20000 /dev/zero; sleep 0.02; done'
/** Takes its time to remove what an earlier run has left. */
const SLOW_RM = `case "$*" in *tree/old*)
  : >"$aside/in"
  while [ -e "$aside/slow" ]; do sleep 0.05; done
esac
exec "$real" "$@"`
const LEAVES = (start: string) =>
  shell(`echo begins; ${start} echo $! >"$HOME/../../../left"; echo started`, {
    name: 'leave',
    phase: 'prepare',
  })

describe('the output of a run', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const it = inTurn(name)
      const hosts: RenderedHost[] = []
      after(() => {
        for (const host of hosts) host.remove()
      })
      const makeHost = (...steps: ReturnType<typeof shell>[]) => makeHostWith({}, ...steps)
      const makeHostWith = (before: Record<string, string>, ...steps: ReturnType<typeof shell>[]) => {
        const host = new RenderedHost({ shell: name, steps: [git(), ...steps], before })
        hosts.push(host)
        host.commit('master', { f: 'f' })
        return host
      }
      const left = (host: RenderedHost) => Number(host.read(`${STATES}/left`))

      it('holds nothing up if the run is killed before it has any: the next deploy begins', async () => {
        const host = makeHostWith({ rm: SLOW_RM }, shell('true', { name: 'publish' }))
        host.write(`${STATES}/codebase/tree/old/file`, '')
        host.write('/aside/slow', '')
        const run = makeRunId()
        const call = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
        await eventually(() => host.has('/aside/in'))
        const [head] = host.read(`${STATES}/codebase/runs/${run}/session`).split(' ')
        process.kill(Number(head), 'SIGKILL')
        rmSync(host.path('/aside/slow'))
        // what was removing it may need a moment to end
        let next = await host.deploy()
        for (let tries = 0; next.status === 75 && tries < 20; tries++) next = await host.deploy()
        assert.equal(next.status, 0, next.output)
        assert.equal((await call.answer).status, 76)
      })

      it('names no sleep of the supervisor as what a step left', async () => {
        const host = makeHost(
          shell(
            'cd "$HOME/../../runs/$SHIPIT_RUN"; until [ -e nap.watch ]; do sleep 0.05; done; sleep 3 >/dev/null 2>&1 8<nap.watch & sleep 0.1',
            { name: 'sleep', phase: 'prepare' },
          ),
        )
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
        assert.deepEqual(eventsOf(answer, 'left'), [])
      })

      for (const [how, script] of [
        ['by TERM', 'echo begins; sleep 60'],
        ['by KILL', 'trap "" TERM; echo begins; sleep 60; sleep 60'],
        ['between two tries', 'echo begins; exit 1'],
      ] as const) {
        it(`ends with the step's own words where a cancel ends it ${how}`, async () => {
          const host = makeHost(shell(script, { name: 'long', phase: 'prepare', retries: 1 }))
          // the cancel comes while it waits
          host.setConstant('run', 'RETRY_SECONDS', 60)
          host.setConstant('run', 'GRACE_TURNS', 2)
          const run = makeRunId()
          const call = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
          await call.until(how === 'between two tries' ? '"state":"retrying"' : 'begins\n')
          await host.ask(`cancel --run ${run} --app codebase`)
          const answer = await call.answer
          assert.equal(answer.status, 130)
          assert.match(answer.output, /begins\n$/)
        })
      }

      for (const [how, start] of [
        ['in the background', `nohup sh -c '${NOISY}' &`],
        ['in a session of its own', `setsid sh -c '${NOISY}' &`],
        ['without the variables of a step', `env -i PATH="$PATH" sh -c '${NOISY}' &`],
      ] as const) {
        it(`ends with the run, whatever a step left ${how}; what it left is named, and lives`, async () => {
          const host = makeHost(LEAVES(start))
          const run = makeRunId()
          const answer = await host.deploy('--branch master', run)
          assert.equal(answer.status, 0, answer.output.replaceAll('\0', ''))
          const log = `${STATES}/codebase/runs/${run}/log`
          const size = host.readBytes(log).length
          await pause(300)
          assert.equal(host.readBytes(log).length, size)
          process.kill(left(host), 0)
          assert.match(
            answer.output,
            new RegExp(`process ${left(host)}, which a step started, is still running as \\w+: `),
          )
          const named = eventsOf(answer, 'left')
          assert.ok(
            named.some(({ pid, command }) => pid === left(host) && command === 'sh'),
            JSON.stringify(named),
          )
          assert.deepEqual(
            readdirSync(host.path(`${STATES}/codebase/runs/${run}`)).filter((file) =>
              /output|pump/.test(file),
            ),
            [],
          )
          process.kill(left(host), 'SIGKILL')
        })
      }

      it('is whole, in order, and at its place, also of a step that writes a lot', async () => {
        const host = makeHost(
          shell('seq 1 200000; printf last', { name: 'many', phase: 'prepare' }),
          shell('echo next', { name: 'next', phase: 'prepare' }),
        )
        const answer = await host.deploy()
        const lines = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('')
        assert.ok(answer.output.endsWith(`${lines}lastnext\n`))
        assert.deepEqual(eventsOf(answer, 'left'), [])
        // what a step wrote came before its end
        const text = answer.bytes.toString('latin1')
        assert.ok(text.indexOf('199999\n200000\nlast') < text.indexOf('"name":"many","state":"ended"'))
      })

      // SELinux lets a program with a domain of its own, such as restorecon, write to no pipe that has a name in our folder
      it('goes through a pipe without a name', { skip: process.platform !== 'linux' }, async () => {
        const host = makeHost(
          shell('readlink /proc/self/fd/1 /proc/self/fd/2', { name: 'pipe', phase: 'prepare' }),
        )
        const answer = await host.deploy()
        assert.match(answer.output, /^pipe:\[([0-9]+)\]\npipe:\[\1\]$/m)
      })

      it('goes on if the process that writes the log is killed, from the next step on', async () => {
        const host = makeHost(
          shell('kill -KILL "$(cut -d " " -f 1 "$HOME"/../../../codebase/runs/*/pump)"; sleep 0.1', {
            name: 'kill',
            phase: 'prepare',
          }),
          shell('echo after', { name: 'after', phase: 'prepare' }),
        )
        const answer = await host.deploy()
        assert.equal(outcomeOf(answer).outcome, 'succeeded')
        assert.match(answer.output, /after\n/)
      })

      it('names no process that only looks like one of its session, and each command in one line', async () => {
        const host = makeHost(
          shell(
            `setsid sh -c '${NOISY}' '\\nshipit: forged' & echo $! >"$HOME/../../../left"; ${WHILE_HELD}`,
            {
              name: 'held',
              phase: 'prepare',
            },
          ),
        )
        host.hold()
        const run = makeRunId()
        const call = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
        await call.until('"state":"started"')
        await eventually(() => host.has(`${STATES}/left`))
        const [head = ''] = host.read(`${STATES}/codebase/runs/${run}/session`).split(' ')
        // anybody's own process, whose name is the rest of a line of /proc
        const forger = spawn(
          'bash',
          ['-c', 'printf ") S 1 1 $1 " >/proc/$$/comm; read -r', '\nshipit: forged', head],
          { stdio: ['pipe', 'ignore', 'ignore'] },
        )
        try {
          await eventually(() => readFileSync(`/proc/${forger.pid}/comm`, 'utf8').startsWith(') S'))
          host.release()
          const answer = await call.answer
          // one of the short programs that it starts may just be there
          const named = eventsOf(answer, 'left').filter(({ command }) => !/^(?:sleep|head)$/.test(command))
          assert.deepEqual(
            named.map(({ pid }) => pid),
            [left(host)],
          )
          assert.doesNotMatch(answer.output, /^shipit: forged/m)
        } finally {
          forger.kill('SIGKILL')
          process.kill(left(host), 'SIGKILL')
        }
      })

      it('of a run that was killed ends when that is settled', async () => {
        const host = makeHost(
          LEAVES(
            `setsid sh -c '${NOISY}' & sleep 0.1; kill -KILL $(cut -d ' ' -f 1 "$HOME"/../../../codebase/runs/*/session);`,
          ),
        )
        const run = makeRunId()
        assert.equal((await host.deploy('--branch master', run)).status, 76)
        const log = `${STATES}/codebase/runs/${run}/log`
        await eventually(() => host.has(`${STATES}/codebase/runs/${run}/ended`))
        const size = host.readBytes(log).length
        await pause(300)
        assert.equal(host.readBytes(log).length, size)
        process.kill(left(host), 'SIGKILL')
      })
    })
  }
})
