import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, shell } from '../../src/recipe/steps.ts'
import {
  eventsOf,
  eventually,
  outcomeOf,
  RenderedHost,
  SESSION,
  SHELLS,
  whyNotShell,
} from './rendered-host.ts'

describe('records', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const onHost = async (
        test: (host: RenderedHost) => Promise<void>,
        before: Record<string, string> = {},
      ) => {
        const host = new RenderedHost({
          shell: name,
          steps: [git(), shell('echo done', { name: 'publish' })],
          before,
        })
        host.commit('master', { page: 'one' })
        try {
          await test(host)
        } finally {
          host.remove()
        }
      }

      it('a line that a full disk cut off stays alone', () =>
        onHost(async (host) => {
          assert.equal((await host.deploy()).status, 0)
          appendFileSync(`${host.state}/history`, '{"event":"run","ti')
          assert.equal((await host.deploy()).status, 0)
          const lines = readFileSync(`${host.state}/history`, 'utf8').trimEnd().split('\n')
          assert.deepEqual(
            lines.map((line) => line.startsWith('{') && line.endsWith('}')),
            [true, true, false, true, true],
          )
          const told = await host.ask('history --app codebase')
          assert.deepEqual([eventsOf(told, 'run').length, eventsOf(told, 'outcome').length], [2, 2])
        }))

      it('nothing is begun for a client that has gone', () =>
        onHost(async (host) => {
          await host.ask(`deploy --run ${makeRunId()} --app codebase --branch master`, 'exec >/dev/full;')
          assert.equal(host.has('/var/lib/shipit/apps/codebase/history'), false)
          assert.equal((await host.deploy()).status, 0)
        }))

      it('a start that can be written only in part leaves nothing', () =>
        onHost(async (host) => {
          assert.equal((await host.deploy()).status, 0)
          const history = readFileSync(`${host.state}/history`, 'utf8')
          host.folder('/var/lib/shipit/apps/codebase/current.new')
          const run = makeRunId()
          const refused = await host.deploy('--branch master', run)
          assert.deepEqual([refused.status, eventsOf(refused, 'refused')[0]?.reason], [70, 'storage'])
          assert.equal(host.has(`/var/lib/shipit/apps/codebase/runs/${run}`), false)
          assert.equal(host.has('/var/lib/shipit/apps/codebase/starting'), false)
          assert.equal(readFileSync(`${host.state}/history`, 'utf8'), history)
        }))

      it('an outcome that was written and not told is told once, as it was', () =>
        onHost(async (host) => {
          const run = makeRunId()
          assert.equal((await host.deploy('--branch master', run)).status, 0)
          const folder = `/var/lib/shipit/apps/codebase/runs/${run}`
          // a run that is about to end is left to do that itself
          const [session = ''] = host.read(`${folder}/session`).split(' ')
          await eventually(() => !existsSync(`/proc/${session}`))
          host.run('rm', [host.path(`${folder}/ended`)])
          assert.equal((await host.deploy()).status, 0)
          assert.equal(host.read(`${folder}/ended`), '0\n')
          const lines = readFileSync(`${host.state}/history`, 'utf8').trimEnd().split('\n')
          assert.equal(lines.filter((line) => line.includes('"outcome"') && line.includes(run)).length, 1)
        }))

      it('runs are forgotten without a word where nothing was ever published', async () => {
        const host = new RenderedHost({
          shell: name,
          steps: [shell('true', { name: 'look', phase: 'prepare' })],
        })
        host.setConstant('runner', 'KEPT_RUNS', 1)
        for (let run = 0; run < 3; run += 1) {
          const answer = await host.deploy()
          assert.deepEqual([answer.status, answer.stderr], [0, ''])
        }
        assert.equal(readdirSync(`${host.state}/runs`).length, 1)
        host.remove()
      })

      it('the oldest runs are forgotten, and those that are too old; what is live, and the way back from it, never', () =>
        onHost(async (host) => {
          const runner = '/usr/local/libexec/shipit/runner'
          host.write(
            runner,
            host
              .read(runner)
              .replace('KEPT_RUNS=100', 'KEPT_RUNS=3')
              .replace('KEPT_ANYWAY=10', 'KEPT_ANYWAY=1'),
            0o755,
          )
          const runs = () => readdirSync(host.path('/var/lib/shipit/apps/codebase/runs')).sort()
          const deploy = async (words?: string) => {
            const run = makeRunId()
            await host.deploy(words, run)
            return run
          }
          for (let round = 0; round < 4; round += 1) await deploy()
          const wayBack = await deploy()
          const live = await deploy()
          assert.equal(runs().length, 3)
          const told = await host.ask('history --app codebase --limit 100')
          assert.equal(eventsOf(told, 'outcome').length, 6)

          for (const run of runs()) {
            const by = `/var/lib/shipit/apps/codebase/runs/${run}/by`
            host.write(by, host.read(by).replace(/\d+$/m, '1000000000'))
          }
          const failed = await deploy('--branch nope')
          assert.deepEqual(runs(), [wayBack, live, failed].sort())
          const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
          assert.deepEqual([back.status, eventsOf(back, 'run')[0]?.to], [0, wayBack])
        }))

      it('another process that has the number of a dead run does not pass for it', () =>
        onHost(async (host) => {
          const run = makeRunId()
          assert.equal((await host.deploy('--branch master', run)).status, 0)
          // as a power cut leaves it
          const folder = `/var/lib/shipit/apps/codebase/runs/${run}`
          host.run('rm', [host.path(`${folder}/ended`), host.path(`${folder}/outcome`)])
          host.write(`${folder}/session`, `${process.pid} 00000000-0000-0000-0000-000000000000 1\n`)
          const began = Date.now()
          const attached = await host.ask(`attach --run ${run} --app codebase`)
          assert.ok(Date.now() - began < 15_000, `${Date.now() - began} ms`)
          assert.equal(attached.status, 76)
          assert.equal(outcomeOf(await host.ask('status --app codebase')).outcome, 'interrupted')
        }))
    })
  }
})
