// The time of each file that real rsync puts in place, case by case: a web server makes ETag and Last-Modified of it.
import assert from 'node:assert/strict'
import { existsSync, lstatSync, rmSync } from 'node:fs'
import { describe } from 'node:test'
import { git, releases, rsync, shell, type WrittenSteps } from '../../../src/recipe/steps.ts'
import { ReleasesHost } from '../support/releases-host.ts'
import { inTurn, outcomeOf, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

const ROOT = '/var/www/site'
const FILES = ['same', 'changed', 'new', 'gone', 'd/same', 'made', 'made-anew', 'gains-x', 'loses-x']
/** Makes a file that is the same each time and one that is not, and lets modes alone change with the commit's file `runs`. */
const BUILD = shell(
  'echo made >src/made; cp version src/made-anew; if [ -e runs ]; then chmod a+x src/gains-x; else chmod a+x src/loses-x; fi',
  { phase: 'prepare' },
)
const FIRST = {
  'src/same': 's',
  'src/changed': 'one',
  'src/gone': 'g',
  'src/d/same': 's',
  'src/gains-x': 'x',
  'src/loses-x': 'x',
}
const SECOND = { 'src/changed': 'two', 'src/new': 'n', 'src/gone': '', runs: 'yes' }

class TimedHost extends ReleasesHost {
  readonly #served: string
  readonly #start = this.commitTime

  constructor(shellName: string, publishes: WrittenSteps, served: string) {
    super(shellName, [git(), BUILD, publishes])
    this.#served = served
  }

  /** Deploys a commit that is so many seconds younger than the first. */
  async at(seconds: number, files: Record<string, string>): Promise<string> {
    this.commitTime = this.#start + seconds
    const answer = await this.version(`of ${seconds}`, files)
    assert.equal(answer.status, 0, answer.output)
    return outcomeOf(answer).run
  }

  async backTo(run: string): Promise<void> {
    const answer = await this.rollback(` --to ${run}`)
    assert.equal(answer.status, 0, answer.output)
  }

  fileOf(name: string): string {
    return this.path(`${this.#served}/${name}`)
  }

  /** Of each file that is live: how many seconds it is younger than the first commit, and an x if it can be run. */
  get times(): Record<string, string> {
    return Object.fromEntries(
      FILES.filter((name) => existsSync(this.fileOf(name))).map((name) => {
        const { mtimeMs, mode } = lstatSync(this.fileOf(name))
        return [name, `${mtimeMs / 1000 - this.#start}${mode & 0o111 ? ' x' : ''}`]
      }),
    )
  }
}

const AT_FIRST = {
  same: '0',
  changed: '0',
  gone: '0',
  'd/same': '0',
  made: '0',
  'made-anew': '0',
  'gains-x': '0',
  'loses-x': '0 x',
}
const { gone: _, ...STAYS } = AT_FIRST
const AT_SECOND = {
  ...STAYS,
  changed: '1000',
  new: '1000',
  'made-anew': '1000',
  'gains-x': '0 x',
  'loses-x': '0',
}

describe('the time of a published file', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: true }, () => {
      const it = inTurn(name)
      const withRsync = (exclude: string[] = []) =>
        new TimedHost(name, [rsync({ from: 'src/', to: `${ROOT}/`, delete: true, exclude })], ROOT)
      const withReleases = () =>
        new TimedHost(name, [releases({ root: ROOT, from: 'src/', keep: 3 })], `${ROOT}/current`)

      for (const [kind, make] of Object.entries({ rsync: withRsync, releases: withReleases })) {
        it(`is the commit's where ${kind} brought its content, and stays where only a mode changed or nothing`, () =>
          withHost(make(), async (host) => {
            await host.at(0, FIRST)
            assert.deepEqual(host.times, AT_FIRST)
            await host.at(1000, SECOND)
            assert.deepEqual(host.times, AT_SECOND)
            // a commit that changes nothing of what is published but what the build makes of it
            await host.at(2000, { other: 'o' })
            assert.deepEqual(host.times, { ...AT_SECOND, 'made-anew': '2000' })
          }))

        it(`is that of the earlier commit after a rollback by ${kind}, for what changes back`, () =>
          withHost(make(), async (host) => {
            const first = await host.at(0, FIRST)
            await host.at(1000, SECOND)
            await host.backTo(first)
            assert.deepEqual(host.times, AT_FIRST)
            await host.at(3000, { other: 'o' })
            assert.deepEqual(host.times, { ...AT_SECOND, changed: '3000', new: '3000', 'made-anew': '3000' })
          }))
      }

      it('stays at the first deploy where another tool has put the same content there', () =>
        withHost(withRsync(['/log']), async (host) => {
          for (const [file, text] of Object.entries({ same: 's', changed: 'none', log: 'l' })) {
            host.write(`${ROOT}/${file}`, text)
            host.run('touch', ['-d', '@1600000000', host.fileOf(file)])
          }
          await host.at(0, FIRST)
          assert.deepEqual(host.times, { ...AT_FIRST, same: '-100000000' })
          assert.equal(lstatSync(host.fileOf('log')).mtimeMs / 1000, 1600000000)
        }))

      it('is that of the live release in one that is made again, since it was pruned', () =>
        withHost(withReleases(), async (host) => {
          const first = await host.at(0, FIRST)
          await host.at(1000, SECOND)
          rmSync(host.path(`${ROOT}/releases/${first}`), { recursive: true })
          await host.backTo(first)
          assert.deepEqual(host.times, AT_FIRST)
        }))

      it('is the same on two hosts for what changed, whatever was live on each', () =>
        withHost(withRsync(), (one) =>
          withHost(withReleases(), async (other) => {
            await one.at(0, FIRST)
            other.commit('master', FIRST)
            await other.at(500, { 'src/changed': 'between' })
            await Promise.all([one, other].map((host) => host.at(1000, SECOND)))
            const changed = ({ times }: TimedHost) => [times.changed, times.new, times['made-anew']]
            assert.deepEqual(changed(one), ['1000', '1000', '1000'])
            assert.deepEqual(changed(other), changed(one))
          }),
        ))
    })
  }
})
