import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { after, before, describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, rsync, shell } from '../../src/recipe/steps.ts'
import { patient } from '../support/patience.ts'
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
} from './support/rendered-host.ts'

// the branch `slow` stays in its last step while it is held, every other does not
const STEPS = [
  git(),
  rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
  shell(`if [ "$SHIPIT_REF" = slow ]; then echo in; ${WHILE_HELD}; echo out; fi`, {
    name: 'last',
  }),
]

// the shells beside each other: most of a deploy is waiting
describe('the runner', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 1 }, () => {
      const it = inTurn(name)
      let host: RenderedHost
      before(() => {
        host = new RenderedHost({ shell: name, steps: STEPS })
        host.commit('master', { 'src/a': 'a' })
        host.commit('slow', { 'src/b': 'b' }, 'master')
        // so that neither is older than the other
        host.commit('master', { 'src/c': 'c' })
      })
      after(() => host.remove())

      const history = () => host.read('/var/lib/shipit/apps/codebase/history')

      it('deploys: the run, its steps and the outcome come in order', async () => {
        const answer = await host.deploy('--branch master --claimed alice@laptop')
        assert.equal(answer.status, 0, answer.stderr)
        assert.deepEqual(
          answer.events.map((event) =>
            event.event === 'step' ? `${event.name} ${event.state}` : event.event,
          ),
          [
            'hello',
            'run',
            'git started',
            'git ended',
            'commit',
            'rsync src started',
            'rsync src ended',
            'last started',
            'last ended',
            'outcome',
          ],
        )
        assert.equal(eventsOf(answer, 'run')[0]?.claimed, 'alice@laptop')
        assert.equal(outcomeOf(answer).outcome, 'succeeded')
        assert.equal(host.read('/var/codebase/src/a'), 'a')
      })

      it('lets one run at a time: the other is told who holds the lock, for what and since when', async () => {
        host.hold()
        const run = makeRunId()
        const first = host.start(
          `deploy --run ${run} --app codebase --branch slow --session ${'0'.repeat(32)}`,
        )
        await first.until('in\n')
        const second = await host.deploy()
        assert.equal(second.status, 75)
        const [refused] = eventsOf(second, 'refused')
        assert.equal(refused?.reason, 'locked')
        assert.deepEqual(
          { ...refused?.holder, seconds: 0, user: '' },
          { run, user: '', ref: { kind: 'branch', name: 'slow' }, seconds: 0, step: 'last' },
        )
        assert.ok((refused?.holder?.seconds ?? 99) < 10)
        host.release()
        assert.equal(outcomeOf(await host.ask(`attach --run ${run} --app codebase`)).outcome, 'succeeded')
        assert.equal((await first.answer).status, 0)
        assert.equal((await host.deploy()).status, 0)
      })

      it('starts one run for a request that is sent twice, at once or later', async () => {
        const run = makeRunId()
        const twice = await Promise.all([
          host.deploy('--branch slow', run),
          host.deploy('--branch slow', run),
        ])
        const later = await host.deploy('--branch slow', run)
        for (const answer of [...twice, later]) {
          assert.equal(answer.status, 0, answer.stderr)
          assert.equal(outcomeOf(answer).run, run)
          assert.equal(answer.output, later.output)
        }
        assert.equal(
          history()
            .split('\n')
            .filter((line) => line.includes(run)).length,
          2,
        )
      })

      it('shows its run to a request that is sent once more, also where root has installed another recipe since', async () => {
        const [run, words] = [makeRunId(), `--branch master --digest ${host.digest}`]
        assert.equal((await host.deploy(words, run)).status, 0)
        const recipe = '/etc/shipit/apps/codebase/recipe'
        const before = host.read(recipe)
        host.write(recipe, before.replaceAll(host.digest, 'f'.repeat(64)))
        const again = await host.deploy(words, run)
        const other = await host.deploy(words)
        host.write(recipe, before)
        assert.deepEqual([again.status, outcomeOf(again).run, other.status], [0, run, 78])
      })

      it('keeps running when the client is killed, and its log can be read from any place on', async () => {
        host.hold()
        const run = makeRunId()
        const call = host.start(
          `deploy --run ${run} --app codebase --branch slow --session ${'0'.repeat(32)}`,
        )
        await call.until('in\n')
        call.kill()
        const attached = host.start(`attach --run ${run} --app codebase --session ${SESSION}`)
        await attached.until('in\n')
        host.release()
        const live = await attached.answer
        assert.equal(live.status, 0)
        assert.match(live.output, /in\nout\n$/)
        const log = host.read(`/var/lib/shipit/apps/codebase/runs/${run}/log`)
        assert.equal(live.output, log)
        const told = live.events.slice(1)
        const last = told.length
        for (const [offset, events] of [
          ...[0, 1, Math.floor(log.length / 2), log.length].map((bytes) => [bytes, 0]),
          ...[1, 4, last].map((count) => [0, count]),
          [log.length, last],
        ] as [number, number][]) {
          const from = `--offset ${offset} --events ${events}`
          const part = await host.ask(`attach --run ${run} --app codebase ${from}`)
          assert.equal(part.status, 0, from)
          assert.equal(part.output, log.slice(offset), from)
          const [hello] = eventsOf(part, 'hello')
          assert.deepEqual([hello?.offset, hello?.events], [offset, events])
          assert.deepEqual(part.events.slice(1), told.slice(events), from)
        }
        for (const from of [`--offset ${log.length + 1}`, `--events ${last + 1}`]) {
          const beyond = await host.ask(`attach --run ${run} --app codebase ${from}`)
          assert.deepEqual([beyond.status, eventsOf(beyond, 'refused')[0]?.reason], [76, 'offset'], from)
        }
      })

      it('passes over what a full disk cut off in the events, and sends what comes after it', async () => {
        host.hold()
        const run = makeRunId()
        const call = host.start(`deploy --run ${run} --app codebase --branch slow --session ${SESSION}`)
        await call.until('in\n')
        const file = `/var/lib/shipit/apps/codebase/runs/${run}/events`
        for (const text of ['\n64 {"event":"step","time":"2026-11-2', '\n', '\nx {}\n', '\n 1 {}\n{}\n'])
          appendFileSync(host.path(file), text)
        host.release()
        const live = await call.answer
        assert.equal(live.status, 0)
        const told = live.events.slice(1)
        assert.equal(told.at(-1)?.event, 'outcome')
        assert.equal(told.filter(({ event }) => event === 'step').length, 6)
        const rest = await host.ask(`attach --run ${run} --app codebase --events 5`)
        assert.deepEqual(rest.events.slice(1), told.slice(5))
      })

      it('ends the answer where the log was cut, in the middle of a frame or between two', async () => {
        for (const at of [0, 5]) {
          host.hold()
          const run = makeRunId()
          const call = host.start(`deploy --run ${run} --app codebase --branch slow --session ${SESSION}`)
          await call.until('in\n')
          truncateSync(host.path(`/var/lib/shipit/apps/codebase/runs/${run}/log`), at)
          assert.equal((await call.answer).status, 76)
          host.release()
          const rest = await host.ask(`attach --run ${run} --app codebase`)
          assert.deepEqual([rest.status, outcomeOf(rest).outcome], [0, 'succeeded'])
        }
      })

      it('keeps the events from steps and from everybody else', async () => {
        const other = new RenderedHost({ shell: name, steps: [shell('ls -l "/proc/$$/fd"')] })
        try {
          const answer = await other.deploy()
          assert.equal(answer.status, 0)
          assert.match(answer.output, /pipe:\[\d+\]$/m)
          assert.doesNotMatch(answer.output, /\/log$|\/output$|\/events$|\/history$|\/lock$/m)
          const { run } = outcomeOf(answer)
          const events = other.path(`/var/lib/shipit/apps/codebase/runs/${run}/events`)
          assert.equal(statSync(events).mode & 0o777, 0o600)
        } finally {
          other.remove()
        }
      })

      it('frees the lock before it tells the outcome', async () => {
        for (let round = 0; round < 4; round += 1) assert.equal((await host.deploy()).status, 0)
      })

      it('keeps the lock from what a step leaves behind', async () => {
        const other = new RenderedHost({
          shell: name,
          steps: [shell('sleep 30 & echo $! >"$HOME/../../../left"')],
        })
        try {
          assert.equal((await other.deploy()).status, 0)
          assert.equal((await other.deploy()).status, 0)
        } finally {
          process.kill(Number(other.read('/var/lib/shipit/apps/left')))
          other.remove()
        }
      })

      it('refuses the next deploy while processes of a run whose head was killed live, then calls that run interrupted', async () => {
        host.hold()
        const run = makeRunId()
        const call = host.start(
          `deploy --run ${run} --app codebase --branch slow --session ${'0'.repeat(32)}`,
        )
        await call.until('in\n')
        const [head = ''] = host.read(`/var/lib/shipit/apps/codebase/runs/${run}/session`).split(' ')
        process.kill(Number(head), 'SIGKILL')
        const busy = await host.deploy()
        assert.deepEqual([busy.status, eventsOf(busy, 'refused')[0]?.reason], [75, 'busy'])
        const status = await host.ask('status --app codebase')
        assert.equal(eventsOf(status, 'status')[0]?.lock, 'busy')
        host.release()
        // the follower of the killed run ends as well
        const followed = await call.answer
        assert.equal(followed.status, 76)
        assert.match(call.soFar, /"outcome":"interrupted","exit":76,"step":"last"/)
        assert.equal((await host.deploy()).status, 0)
      })

      it('does not wait for a run that power took before its folder was kept', async () => {
        assert.equal((await host.deploy()).status, 0)
        const file = `${host.prefix}/var/lib/shipit/apps/codebase/current`
        const before = readFileSync(file)
        writeFileSync(file, `${makeRunId()}\n`)
        const status = await host.ask('status --app codebase')
        writeFileSync(file, before)
        assert.equal(eventsOf(status, 'status')[0]?.lock, 'free')
      })

      it('calls a run interrupted that a power cut ended', async () => {
        host.hold()
        const run = makeRunId()
        const call = host.start(
          `deploy --run ${run} --app codebase --branch slow --session ${'0'.repeat(32)}`,
        )
        await call.until('in\n')
        const [head = ''] = host.read(`/var/lib/shipit/apps/codebase/runs/${run}/session`).split(' ')
        // all of the session at once, as a crash does
        host.run('sh', [
          '-c',
          `while left=$(ps -o stat=,pid= -s ${head} | sed -n 's/^[^Z][^ ]* *//p') && [ "$left" ]; do kill -KILL $left 2>/dev/null || :; done`,
        ])
        call.kill()
        host.release()
        const status = await host.ask('status --app codebase')
        assert.equal(outcomeOf(status).run, run)
        assert.equal(outcomeOf(status).outcome, 'interrupted')
        assert.equal(eventsOf(status, 'status')[0]?.live?.how, 'partial')
        assert.equal((await host.deploy()).status, 0)
      })

      it('tells what is live, who did what, and the history in order', async () => {
        const before = await host.deploy()
        const status = await host.ask('status --app codebase')
        const [live] = eventsOf(status, 'status')
        assert.equal(live?.lock, 'free')
        assert.deepEqual(live?.live?.how, 'complete')
        assert.equal(live?.live?.commit, eventsOf(before, 'commit')[0]?.commit)
        const told = await host.ask('history --app codebase --limit 2')
        assert.deepEqual(
          told.events.map(({ event }) => event).filter((event) => event !== 'kept'),
          ['hello', 'status', 'run', 'outcome', 'run', 'outcome', 'end'],
        )
        assert.equal(eventsOf(told, 'run')[1]?.run, outcomeOf(before).run)
      })

      it('says that nothing was deployed yet', async () => {
        const fresh = new RenderedHost({ shell: name, steps: STEPS })
        const status = await fresh.ask('status --app codebase')
        assert.deepEqual(
          status.events.map(({ event }) => event),
          ['hello', 'status', 'end'],
        )
        assert.equal(eventsOf(status, 'status')[0]?.live, undefined)
        fresh.remove()
      })

      it('refuses a recipe that is not the one the client has', async () => {
        const before = history()
        const answer = await host.deploy(`--branch master --digest ${'a'.repeat(64)}`)
        assert.deepEqual([answer.status, eventsOf(answer, 'refused')[0]?.reason], [78, 'drift'])
        assert.equal(eventsOf(answer, 'hello')[0]?.digest, host.digest)
        assert.equal(history(), before)
        assert.equal((await host.deploy(`--branch master --digest ${host.digest}`)).status, 0)
      })

      it('does not know a run that never was', async () => {
        const answer = await host.ask(`attach --run ${makeRunId()} --app codebase`)
        assert.deepEqual([answer.status, eventsOf(answer, 'refused')[0]?.reason], [66, 'unknown-run'])
      })

      it('takes one argument, which has no session', async () => {
        for (const args of [
          [],
          ['hello', 'x'],
          ['status', '--app', 'codebase'],
          [`hello --session ${'0'.repeat(31)}`],
          [''],
        ]) {
          assert.equal((await host.program('runner', args)).status, 77, String(args))
        }
      })

      it('takes nothing from stdin', async () => {
        assert.equal((await host.program('runner', ['hello'], 'x'.repeat(1_000_000))).status, 0)
      })

      it('refuses to run under a limit of the caller', async () => {
        for (const limit of [
          'ulimit -f 100',
          'ulimit -t 100',
          'ulimit -v 9999999',
          'ulimit -d 9999999',
          'ulimit -n 64',
        ]) {
          const answer = await host.ask(
            `deploy --run ${makeRunId()} --app codebase --branch master`,
            `${limit};`,
          )
          assert.equal(answer.status, 77, limit)
          assert.match(answer.stderr, /called with a limit/)
        }
      })

      it('does as ever for a caller with another folder, umask, environment and ignored signals', async () => {
        const answer = await host.ask(
          `deploy --run ${makeRunId()} --app codebase --branch master`,
          "cd /tmp; umask 777; export IFS=x ENV=/nope BASH_ENV=/nope CDPATH=/tmp PS4='$(id)' GIT_DIR=/nope; trap '' HUP INT TERM PIPE ALRM; ",
        )
        assert.equal(answer.status, 0, answer.stderr)
      })

      it('refuses when somebody else could have changed the recipe or the programs', async () => {
        for (const path of [
          '/etc/shipit/apps/codebase/recipe',
          '/etc/shipit/apps/codebase',
          '/usr/local/libexec/shipit',
          '/usr/local/libexec/shipit/step',
        ]) {
          chmodSync(host.path(path), 0o777)
          assert.equal((await host.ask('status --app codebase')).status, 77, path)
          chmodSync(host.path(path), 0o755)
        }
        const recipe = host.path('/etc/shipit/apps/codebase/recipe')
        renameSync(recipe, `${recipe}.real`)
        symlinkSync(`${recipe}.real`, recipe)
        assert.equal((await host.ask('status --app codebase')).status, 77)
        renameSync(`${recipe}.real`, recipe)
        assert.equal((await host.ask('status --app codebase')).status, 0)
      })

      it('does nothing when the start cannot be recorded', async () => {
        const other = new RenderedHost({ shell: name, steps: STEPS })
        other.commit('master', { 'src/a': 'a' })
        other.folder('/var/lib/shipit/apps/codebase/runs')
        // a folder in the history's place: not even root can append to it
        other.folder('/var/lib/shipit/apps/codebase/history')
        const answer = await other.deploy()
        assert.deepEqual([answer.status, eventsOf(answer, 'refused')[0]?.reason], [70, 'storage'])
        assert.deepEqual(readdirSync(other.path('/var/lib/shipit/apps/codebase/runs')), [])
        assert.deepEqual(readdirSync(other.path('/var/codebase/src')), [])
        other.remove()
      })

      it('leaves out a line of the history that was cut off', async () => {
        writeFileSync(host.path('/var/lib/shipit/apps/codebase/history'), '{"event":"run","time":"2026', {
          flag: 'a',
        })
        const told = await host.ask('history --app codebase --limit 1')
        assert.deepEqual(
          told.events.map(({ event }) => event).filter((event) => event !== 'kept'),
          ['hello', 'status', 'outcome', 'end'],
        )
        await pause(0)
      })

      it('ends its follower soon after the run', async () => {
        const answer = host.start(
          `deploy --run ${makeRunId()} --app codebase --branch master --session ${'0'.repeat(32)}`,
        )
        await answer.until('"outcome":"succeeded"')
        const told = Date.now()
        await answer.answer
        assert.ok(Date.now() - told < patient(5000), `${Date.now() - told} ms`)
        await eventually(() => true)
      })
    })
  }
})
