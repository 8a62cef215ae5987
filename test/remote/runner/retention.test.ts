import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import {
  eventsOf,
  inTurn,
  ONE_SHELL,
  outcomeOf,
  RenderedHost,
  refusal,
  SHELLS,
  waysOf,
  whyNotShell,
  withHost,
} from '../support/rendered-host.ts'

const DAY_MS = 86_400_000
const ME = userInfo().username
/** busybox comes with an awk of its own. */
const AWKS: Record<string, string> = { 'busybox ash': 'exec busybox awk "$@"' }

type Planted = { at?: Date; since?: number; commit?: string | undefined }

/** A host whose runs can be made by hand, as of some person. */
class KeepingHost extends RenderedHost {
  constructor(shellName: string) {
    const awk = AWKS[shellName]
    super({
      shell: shellName,
      steps: [git(), shell('test ! -e "$HOME/../../../stop"', { name: 'publish' })],
      ...(awk === undefined ? {} : { before: { awk } }),
    })
    this.setConstant('runner', 'PRUNE_EVERY', 1)
    this.commit('master', { page: 'one' })
  }

  get runs(): string[] {
    return readdirSync(`${this.state}/runs`).sort()
  }

  keepAtMost(limits: Partial<Record<'GOOD' | 'STUCK' | 'EARLY' | 'ANYWAY' | 'HISTORY_RUNS', number>>): void {
    for (const [name, value] of Object.entries(limits)) this.setConstant('runner', `KEPT_${name}`, value)
  }

  /** Puts a run that has ended into the records. */
  plant(
    who: string,
    how: 'good' | 'stuck' | 'early',
    { at = new Date(), since = Math.floor(Date.now() / 1000), commit }: Planted = {},
  ): string {
    const run = makeRunId(at)
    const folder = `${this.state}/runs/${run}`
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/by`, `${who} branch master ${since}\n`)
    writeFileSync(`${folder}/ended`, how === 'good' ? '0\n' : '1\n')
    if (commit !== undefined) writeFileSync(`${folder}/commit`, `${commit}\n`)
    writeFileSync(`${folder}/log`, '')
    if (how !== 'early') writeFileSync(`${folder}/published`, '')
    appendFileSync(`${this.state}/order`, `${run}\n`)
    return run
  }
}

const onHost = (shellName: string, test: (host: KeepingHost) => Promise<void>) =>
  withHost(new KeepingHost(shellName), test)

describe('retention', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      it('keeps of each person the newest good, stuck and early runs, whatever others do', () =>
        onHost(name, async (host) => {
          host.keepAtMost({ GOOD: 3, STUCK: 2, EARLY: 2, ANYWAY: 1 })
          const kept: string[] = []
          const forgotten: string[] = []
          for (const [how, limit] of [
            ['good', 3],
            ['stuck', 2],
            ['early', 2],
          ] as const) {
            // not too many of bob's, and however many of alice's
            for (let count = 0; count < limit; count += 1) kept.push(host.plant('bob', how))
            for (let count = 0; count < 6; count += 1)
              (count < 6 - limit ? forgotten : kept).push(host.plant('alice', how))
          }
          const { run } = outcomeOf(await host.deploy())
          kept.push(run)
          assert.deepEqual(host.runs, kept.sort())
          assert.deepEqual(host.read('/var/lib/shipit/apps/codebase/order').trim().split('\n').sort(), kept)
          // nor is a forgotten one begun anew
          for (const each of forgotten.slice(0, 2))
            assert.deepEqual(refusal(await host.deploy('--branch master', each)), [76, 'used'])
          assert.deepEqual(refusal(await host.ask(`cancel --run ${forgotten[0]} --app codebase`)), [
            76,
            'used',
          ])
          assert.equal((await host.deploy('--branch master', run)).status, 0)
        }))

      it('keeps what is live and the way back from it, however old; others not, but for some', () =>
        onHost(name, async (host) => {
          host.keepAtMost({ GOOD: 1, ANYWAY: 0 })
          const wayBack = outcomeOf(await host.deploy()).run
          host.commit('master', { version: '2' })
          const live = outcomeOf(await host.deploy()).run
          const failed = outcomeOf(await host.deploy('--branch nope')).run
          assert.deepEqual(host.runs, [wayBack, live, failed].sort())
          host.keepAtMost({ GOOD: 9, ANYWAY: 1 })
          const old = { since: 1_000_000_000 }
          const [first, second] = [host.plant('bob', 'early', old), host.plant('bob', 'early', old)]
          const last = outcomeOf(await host.deploy('--branch nope')).run
          assert.deepEqual(host.runs, [wayBack, live, failed, second, last].sort(), first)
          const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
          assert.deepEqual([back.status, eventsOf(back, 'run')[0]?.to], [0, wayBack])
        }))

      if (name === ONE_SHELL)
        it('tells all of 300 good runs of five people, and a client reads them', () =>
          onHost(name, async (host) => {
            const { run, commit } = outcomeOf(await host.deploy())
            const people = ['alice', 'bob', 'carol', 'dan', 'eve'].flatMap((who) => Array(60).fill(who))
            const planted = people.map((who) => host.plant(who, 'good', { commit }))
            const answer = await host.ask('history --app codebase')
            const { target, good } = waysOf(answer)
            assert.equal(answer.events.at(-1)?.event, 'end')
            // all of them show the same commit, so none is a way back
            assert.deepEqual([target, good], [undefined, [run, ...planted]])
          }))

      it('forgets without a word where nothing was ever published', () =>
        onHost(name, async (host) => {
          host.keepAtMost({ EARLY: 1, ANYWAY: 0 })
          for (let run = 0; run < 3; run += 1) {
            const answer = await host.deploy('--branch nope')
            assert.deepEqual([answer.status, answer.stderr], [66, ''])
          }
          // the last one, and the one before it
          assert.equal(host.runs.length, 2)
        }))

      it('takes an id of these days only, unless its run is kept', () =>
        onHost(name, async (host) => {
          const at = (days: number) => makeRunId(new Date(Date.now() + days * DAY_MS))
          for (const days of [-400, -1.01, 1.01, 400])
            assert.deepEqual(
              refusal(await host.deploy('--branch master', at(days))),
              [78, 'clock'],
              `${days}`,
            )
          assert.deepEqual(
            refusal(await host.deploy('--branch master', `99999999T999999Z-${'0'.repeat(16)}`)),
            [78, 'clock'],
          )
          assert.equal(existsSync(`${host.state}/history`), false)
          for (const days of [-0.99, 0.99])
            assert.equal((await host.deploy('--branch master', at(days))).status, 0, `${days}`)
          const kept = host.plant('bob', 'good', { at: new Date(Date.now() - 9 * DAY_MS) })
          host.write(`/var/lib/shipit/apps/codebase/runs/${kept}/events`, '\n')
          assert.deepEqual(
            refusal(await host.deploy('--branch master', kept)),
            [76, 'used'],
            "another person's",
          )
          const own = host.plant(userInfo().username, 'good', { at: new Date(Date.now() - 9 * DAY_MS) })
          host.write(`/var/lib/shipit/apps/codebase/runs/${own}/events`, '\n')
          assert.equal((await host.deploy('--branch master', own)).status, 0)
          assert.deepEqual(refusal(await host.ask(`rollback --run ${at(2)} --app codebase`)), [78, 'clock'])
        }))

      it('forgets the ids of a day once none of that day is accepted any longer', () =>
        onHost(name, async (host) => {
          host.keepAtMost({ EARLY: 0 })
          const today = Math.floor(Date.now() / DAY_MS)
          for (const day of [today - 3, today - 2])
            host.write(`/var/lib/shipit/apps/codebase/used/${day}`, 'x\n')
          const run = host.plant('alice', 'early')
          host.plant('alice', 'early', { at: new Date(Date.now() - 9 * DAY_MS) })
          assert.equal((await host.deploy()).status, 0)
          assert.deepEqual(readdirSync(`${host.state}/used`).map(Number).sort(), [today - 2, today])
          assert.equal(host.read(`/var/lib/shipit/apps/codebase/used/${today}`), `${run}\n`)
        }))

      it('trims the history to the newest runs of each person, with both their lines, in order', () =>
        onHost(name, async (host) => {
          assert.equal((await host.deploy()).status, 0)
          const history = `${host.state}/history`
          const [start = '', outcome = ''] = readFileSync(history, 'utf8').split('\n')
          const own = outcomeOf(await host.ask('status --app codebase')).run
          const linesOf = (user: string) => {
            const run = makeRunId()
            const as = (line: string) => line.replace(own, run).replace(`"user":"${ME}"`, `"user":"${user}"`)
            return [as(start), as(outcome)]
          }
          const bobs = [linesOf('bob'), linesOf('bob')]
          const alices = Array.from({ length: 5 }, () => linesOf('alice'))
          // an outcome that names a run of somebody else's, whose lines go or stay
          const supersede = (lines: string[] | undefined, by: string[] | undefined) => {
            const { run } = JSON.parse(by?.[0] ?? '')
            if (lines)
              lines[1] = `${lines[1]?.slice(0, -1)},"live":{"commit":"${'a'.repeat(40)}","run":"${run}"}}`
          }
          supersede(bobs[0], alices[0])
          supersede(alices[0], bobs[1])
          const cut = start.slice(0, 40)
          writeFileSync(
            history,
            [bobs[0], cut, alices.slice(0, 4), bobs[1], alices[4], ''].flat(2).join('\n'),
          )
          host.keepAtMost({ HISTORY_RUNS: 2 })
          host.setConstant('runner', 'TRIM_LINES', 4)
          const last = outcomeOf(await host.deploy()).run
          const kept = [bobs[0], alices[3], bobs[1], alices[4]].flat(2)
          const lines = readFileSync(history, 'utf8').trimEnd().split('\n')
          assert.deepEqual(lines.slice(0, -2), kept)
          assert.deepEqual(
            lines.slice(-2).map((line) => JSON.parse(line).run),
            [last, last],
          )
          assert.equal(host.read('/var/lib/shipit/apps/codebase/trim-at'), `${kept.length + 1 + 4}\n`)
        }))

      it('are looked at with every eighth run', () =>
        onHost(name, async (host) => {
          host.setConstant('runner', 'PRUNE_EVERY', 8)
          host.keepAtMost({ EARLY: 2, ANYWAY: 2 })
          for (let count = 0; count < 6; count += 1) host.plant('alice', 'early')
          await host.deploy()
          assert.equal(host.runs.length, 7)
          await host.deploy()
          assert.equal(host.runs.length, 4)
        }))
    })
  }
})
