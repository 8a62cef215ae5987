import assert from 'node:assert/strict'
import { appendFileSync, existsSync, globSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import { patient } from '../../support/patience.ts'
import {
  eventsOf,
  eventually,
  inTurn,
  outcomeOf,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

/** A process that lives, as one of another boot. */
const OTHER_PROCESS = `${process.pid} 00000000-0000-0000-0000-000000000000 1\n`

/** Makes of a run that has ended one that a power cut took. Returns its folder. */
function killRun(host: RenderedHost, run: string, session = OTHER_PROCESS): string {
  const folder = `/var/lib/shipit/apps/codebase/runs/${run}`
  host.run('rm', [host.path(`${folder}/ended`), host.path(`${folder}/outcome`)])
  host.write(`${folder}/session`, session)
  return folder
}

describe('records', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const it = inTurn(name)
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
          // as a start leaves it for whose line there was no room: it has its place in the order, and no folder
          appendFileSync(`${host.state}/order`, `${makeRunId()}\n`)
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

      it('keep nothing of followers whose clients went while the run was running', async () => {
        const host = new RenderedHost({ shell: name, steps: [shell(WHILE_HELD, { name: 'held' })] })
        host.hold()
        const run = makeRunId()
        const deploy = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
        await deploy.until('"name":"held"')
        const naps = () => globSync('nap.follow.*', { cwd: `${host.state}/runs/${run}` }).length
        const attached = [1, 2].map(() =>
          host.start(`attach --run ${run} --app codebase --session ${SESSION}`),
        )
        await eventually(() => naps() === 3)
        for (const each of attached) each.kill()
        await Promise.all(attached.map(({ answer }) => answer))
        host.release()
        assert.equal((await deploy.answer).status, 0)
        await eventually(() => naps() === 0)
        host.remove()
      })

      it('are written without a process more for followers where none has slept for long', async () => {
        const before = { rm: 'echo "$*" >>"$aside/removed"\nexec "$real" "$@"' }
        const host = new RenderedHost({ shell: name, steps: [shell('true', { name: 'quick' })], before })
        assert.equal((await host.deploy('--branch master')).status, 0)
        const ofNaps = host.read('/aside/removed').match(/.*\bnap\.(?:end|\*).*/g) ?? []
        // a busy machine may let one sleep
        for (const words of ofNaps) assert.match(words, /nap\.follow/)
        host.remove()
      })

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
          // no room for it
          rmSync(`${host.state}/current`)
          symlinkSync('/nowhere/current', `${host.state}/current`)
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

      // of one that had just begun, a power cut may have taken that file
      for (const [which, session] of [
        ['a dead run', OTHER_PROCESS],
        ['a run that died as it began', ''],
      ])
        it(`${which} is settled for a client that reads nothing: its full pipe does not hold the lock`, () =>
          onHost(
            async (host) => {
              const run = makeRunId()
              assert.equal((await host.deploy('--branch master', run)).status, 0)
              killRun(host, run, session)
              const pipe = host.path('/pipe')
              host.write('/aside/armed', '')
              const call = host.start(
                `status --app codebase --session ${SESSION}`,
                `mkfifo '${pipe}'; exec 3<>'${pipe}'; exec 2>&3;`,
              )
              await eventually(() => host.has('/aside/called'))
              const deployed = await host.deploy()
              assert.equal(deployed.status, 0, JSON.stringify(deployed.events))
              assert.equal((await call.answer).status, 0)
            },
            // says more than a pipe takes, and takes longer than a deploy waits for the lock of a run that lives
            {
              find: '! rm "$aside/armed" 2>/dev/null || { : >"$aside/called"; head -c 200000 /dev/zero | tr "\\0" x >&2; sleep 1.5; }; exec "$real" "$@"',
            },
          ))

      it('a dead run whose outcome has no room is not told as one that lives', () =>
        onHost(async (host) => {
          const run = makeRunId()
          assert.equal((await host.deploy('--branch master', run)).status, 0)
          const folder = killRun(host, run)
          symlinkSync('/nowhere/outcome', host.path(`${folder}/outcome`))
          const refused = await host.deploy()
          assert.deepEqual([refused.status, eventsOf(refused, 'refused')[0]?.reason], [70, 'storage'])
          const status = eventsOf(await host.ask('status --app codebase'), 'status')[0]
          assert.deepEqual([status?.lock, status?.holder], ['free', undefined])
          rmSync(host.path(`${folder}/outcome`))
          assert.equal((await host.deploy()).status, 0)
        }))

      it('another process that has the number of a dead run does not pass for it', () =>
        onHost(async (host) => {
          const run = makeRunId()
          assert.equal((await host.deploy('--branch master', run)).status, 0)
          // as a power cut leaves it
          killRun(host, run)
          const began = Date.now()
          const attached = await host.ask(`attach --run ${run} --app codebase`)
          assert.ok(Date.now() - began < patient(15_000), `${Date.now() - began} ms`)
          assert.equal(attached.status, 76)
          assert.equal(outcomeOf(await host.ask('status --app codebase')).outcome, 'interrupted')
        }))
    })
  }
})
