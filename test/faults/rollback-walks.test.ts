// Random walks of deploys and rollbacks that go well, fail, are cancelled, die, or go back by themselves: whatever came before,
// what a host says is live is what is there, and what it says it would go back to is good, is something else, and is where it goes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { OutcomeEvent } from '../../src/protocol/event.ts'
import { makeRunId } from '../../src/protocol/request.ts'
import { check, git, rsync, shell } from '../../src/recipe/steps.ts'
import { CheckedHost, listen } from '../remote/support/checked-host.ts'
import { type Call, eventsOf, pause, SESSION, waysOf } from '../remote/support/rendered-host.ts'

const WALKS = 16
const ACTIONS = 12
const APPS = '/var/lib/shipit/apps'
const LIVE_FILE = '/var/codebase/src/version'

/** What befalls a run, and how often it is chosen. */
const FATES = {
  nothing: 5,
  'fails in prepare': 2,
  'fails in publish': 3,
  'is cancelled in publish': 1,
  'is cancelled at once in publish': 1,
  'dies in publish': 1,
  'check fails': 2,
  'check fails, there as well': 1,
  'check fails, gets stuck on the way back': 1,
  'check fails, dies on the way back': 1,
}
type Fate = keyof typeof FATES
type Ways = ReturnType<typeof waysOf>

/** Numbers that look random, the same ones each time (a linear congruential generator, as in POSIX rand()). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff
    return (state >> 8) / 0x80_00_00
  }
}

/** A step that does what files in the account's home say. */
const PUBLISH = [
  'echo publishing',
  '! { [ -n "$SHIPIT_BACK_TO" ] && [ -e "$HOME/../../../fail-back" ]; } || exit 1',
  'while [ -e "$HOME/../../../hold" ]; do sleep 0.05; done',
  '[ ! -e "$HOME/../../../fail-publish" ]',
].join('; ')

class Walk {
  readonly host: CheckedHost
  readonly runs: string[] = []
  readonly story: string[] = []
  readonly #random: () => number
  readonly #answers: number[]
  #version = 0
  /** what rollbacks were to leave, since something succeeded */
  readonly #leaving = new Set<string>()

  constructor(seed: number, port: number, answers: number[]) {
    this.#random = random(seed)
    this.#answers = answers
    const steps = [
      git(),
      shell('[ ! -e "$HOME/../../../fail-prepare" ]', { name: 'prepare', phase: 'prepare' }),
      rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
      shell(PUBLISH, { name: 'publish' }),
      check(`http://127.0.0.1:${port}/`, { name: 'up', retries: 0, grace: 0, onFailure: 'rollback' }),
    ]
    this.host = new CheckedHost({ shell: 'dash', steps })
  }

  async step(): Promise<void> {
    const fate = this.runs.length < 2 ? 'nothing' : this.#choose()
    const before = await this.#ways()
    const way = this.runs.length < 2 ? 0 : this.#random()
    const named = this.runs[Math.floor(this.#random() * this.runs.length)]
    const isRollback = way > 0.5
    const to = way > 0.8 ? named : undefined
    this.#prepare(fate)
    const run = makeRunId()
    if (!isRollback) {
      this.#version += 1
      this.host.commit('master', { 'src/version': `${this.#version}` })
    }
    const words = isRollback
      ? `rollback --run ${run} --app codebase${to ? ` --to ${to}` : ''}`
      : `deploy --run ${run} --app codebase --branch master`
    const call = this.host.start(`shipit-gate ${words} --session ${SESSION}`)
    await this.#befall(fate, run, call)
    const answer = await call.answer
    for (const name of ['fail-prepare', 'fail-publish', 'fail-back', 'hold'])
      rmSync(this.host.path(`${APPS}/${name}`), { force: true })
    const refused = eventsOf(answer, 'refused')[0]?.reason
    const outcome = eventsOf(await this.host.ask('history --app codebase --limit 100'), 'outcome').find(
      (each) => each.run === run,
    )
    this.story.push(
      `${isRollback ? `rollback${to ? ` to ${this.#name(to)}` : ''}` : 'deploy'}, ${fate}: ${refused ?? this.#tell(outcome)}`,
    )
    if (!refused) this.runs.push(run)
    if (isRollback) this.#checkWay(before, to, eventsOf(answer, 'run')[0]?.to, refused)
    await this.#checkLive(run, outcome)
    await this.#checkLeft({ before, outcome, isRollback })
  }

  /** A rollback went where the host had said, or was refused where it had said nothing. */
  #checkWay(
    before: Ways,
    to: string | undefined,
    went: string | undefined,
    refused: string | undefined,
  ): void {
    const expected = to === undefined ? before.target : before.good.find((each) => each === to)
    assert.deepEqual(
      [went, refused],
      expected === undefined ? [undefined, 'no-target'] : [expected, undefined],
    )
  }

  async #checkLive(run: string, outcome: OutcomeEvent | undefined): Promise<void> {
    const { live, good, bad, target } = await this.#ways()
    if (target !== undefined) assert.ok(good.includes(target), 'the way back is good')
    if (outcome?.outcome === 'succeeded') assert.equal(live?.run, run)
    if (outcome?.back !== undefined) assert.equal(live?.run, outcome.back)
    if (live?.how !== 'complete') return
    assert.ok(!bad.includes(live.run), 'what is live is not bad')
    const there = this.host.read(LIVE_FILE)
    assert.equal(this.#versionOf(live.commit), there, 'what is said to be live is there')
    if (target === undefined) return
    const commit = readFileSync(`${this.host.state}/runs/${target}/commit`, 'utf8').trim()
    assert.notEqual(this.#versionOf(commit), there, 'the way back leads somewhere else')
  }

  /** What a rollback that failed in publish was to leave is no way back until something succeeds; then what was live before is one. */
  async #checkLeft(was: {
    before: Ways
    outcome: OutcomeEvent | undefined
    isRollback: boolean
  }): Promise<void> {
    const { live, good, target } = await this.#ways()
    const old = was.before.live
    const hasMoved = live?.run !== old?.run
    if (was.outcome?.outcome === 'succeeded') this.#leaving.clear()
    else if (
      was.isRollback &&
      hasMoved &&
      old?.how === 'complete' &&
      !was.outcome?.back &&
      !was.outcome?.tried
    )
      this.#leaving.add(this.#versionOf(old.commit))
    if (target === undefined) return
    const way = this.#versionOf(readFileSync(`${this.host.state}/runs/${target}/commit`, 'utf8').trim())
    assert.ok(!this.#leaving.has(way), `the way back is ${way}, which was to be left`)
    const isNext = !was.isRollback && was.outcome?.outcome === 'succeeded' && old?.how === 'complete'
    if (isNext && good.includes(old.run)) assert.equal(way, this.#versionOf(old.commit))
  }

  #choose(): Fate {
    const fates = Object.entries(FATES) as [Fate, number][]
    let rest = this.#random() * fates.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [fate, weight] of fates) {
      rest -= weight
      if (rest < 0) return fate
    }
    return 'nothing'
  }

  #prepare(fate: Fate): void {
    const mark = (name: string) => this.host.write(`${APPS}/${name}`, '')
    if (fate === 'fails in prepare') mark('fail-prepare')
    if (fate === 'fails in publish') mark('fail-publish')
    if (fate.endsWith(' in publish') && !fate.startsWith('fails')) mark('hold')
    this.#answers.length = 0
    if (fate.startsWith('check fails')) this.#answers.push(500)
    if (fate.endsWith('there as well')) this.#answers.push(500)
  }

  async #befall(fate: Fate, run: string, call: Call): Promise<void> {
    // a run that is refused, or ends before, is left alone
    const until = async (holds: () => boolean) => {
      let isOver = false
      void call.answer.then(() => {
        isOver = true
      })
      for (let tries = 0; tries < 6000 && !isOver && !holds(); tries += 1) await pause(10)
      return !isOver
    }
    const times = (text: string) => call.soFar.split(text).length - 1
    const isPublishing = () => times('publishing\n') > 0
    if (fate.startsWith('is cancelled') && (await until(isPublishing))) {
      await this.host.ask(`cancel --run ${run} --app codebase${fate.includes('at once') ? ' --now' : ''}`)
      rmSync(this.host.path(`${APPS}/hold`), { force: true })
    }
    if (fate === 'dies in publish' && (await until(isPublishing))) await this.#kill(run)
    const isBack =
      fate.endsWith('on the way back') && (await until(() => times('"name":"publish","state":"ended"') > 0))
    if (!isBack) return
    const isStuck = fate.includes('stuck')
    this.host.write(`${APPS}/${isStuck ? 'fail-back' : 'hold'}`, '')
    if (!isStuck && (await until(() => times('publishing\n') > 1))) await this.#kill(run)
  }

  /** As a power cut does: all processes of the run at once. */
  async #kill(run: string): Promise<void> {
    const file = `${this.host.state}/runs/${run}/session`
    const [session = ''] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : []
    const list = spawnSync('ps', ['-o', 'pid=', '-s', session], { encoding: 'utf8' }).stdout
    for (const pid of list.split('\n').map(Number).filter(Boolean)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it has gone with the others
      }
    }
    await pause(50)
  }

  async #ways(): Promise<Ways> {
    return waysOf(await this.host.ask('history --app codebase'))
  }

  #versionOf(commit: string): string {
    const folder = this.host.path('/srv/git/codebase.git')
    return spawnSync('git', ['--git-dir', folder, 'show', `${commit}:src/version`], { encoding: 'utf8' })
      .stdout
  }

  #name(run: string): string {
    return `${this.runs.indexOf(run) + 1}`
  }

  #tell(outcome: OutcomeEvent | undefined): string {
    const { outcome: how, back, tried } = outcome ?? {}
    return `${this.runs.length + 1} ${how}${back ? `, back to ${this.#name(back)}` : ''}${tried ? `, tried ${this.#name(tried)}` : ''}`
  }
}

describe('random walks of deploys and rollbacks', { concurrency: 2 }, () => {
  for (let seed = 1; seed <= WALKS; seed += 1) {
    test(`walk ${seed}`, async (t) => {
      const answers: number[] = []
      const { server, port } = await listen((_, response) => {
        response.writeHead(answers.shift() ?? 200).end('ok')
      })
      let walk: Walk | undefined
      try {
        walk = new Walk(seed, port, answers)
        for (let action = 0; action < ACTIONS; action += 1) await walk.step()
      } finally {
        t.diagnostic(walk?.story.join('; ') ?? '')
        server.closeAllConnections()
        server.close()
        walk?.host.remove()
      }
    })
  }
})
