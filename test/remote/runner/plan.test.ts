// What a deploy would find: told without a lock, a fetch or a record.
import assert from 'node:assert/strict'
import { readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'node:test'
import { git, shell } from '../../../src/recipe/steps.ts'
import {
  eventsOf,
  eventually,
  inTurn,
  RenderedHost,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

const STEPS = [
  git(),
  shell(WHILE_HELD, { name: 'held', phase: 'prepare' }),
  shell('true', { name: 'publish' }),
]

/** Each file below a folder, with its time and size. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name))
      return `${name} ${mtimeMs} ${size}`
    })
    .sort()
}

describe('a plan', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (test: (host: RenderedHost, first: string) => Promise<void>) => {
        const host = new RenderedHost({ shell: name, steps: STEPS })
        const first = host.commit('master', { version: '1' })
        try {
          await test(host, first)
        } finally {
          host.release()
          host.remove()
        }
      }
      const plan = (host: RenderedHost, words = '--branch master') => host.ask(`plan --app codebase ${words}`)

      it('tells the newest commit, what is live and how the two lie to each other, and leaves no trace', () =>
        onHost(async (host, first) => {
          const before = await plan(host)
          assert.deepEqual(
            before.events.map(({ event }) => event),
            ['hello', 'status', 'plan', 'end'],
          )
          assert.equal(eventsOf(before, 'plan')[0]?.commit, first)
          assert.equal(eventsOf(before, 'status')[0]?.live, undefined)
          assert.equal((await host.deploy()).status, 0)
          const newer = host.commit('master', { version: '2' })
          const known = listing(host.state)
          const after = eventsOf(await plan(host), 'plan')[0]
          // the mirror does not have it yet
          assert.deepEqual([after?.commit, after?.comes, after?.goes], [newer, undefined, undefined])
          assert.deepEqual(listing(host.state), known)
          assert.equal((await host.deploy()).status, 0)
          const back = eventsOf(await plan(host, `--branch master --commit ${first}`), 'plan')[0]
          assert.deepEqual([back?.commit, back?.comes, back?.goes], [first, 0, 1])
        }))

      it('takes the commit of an annotated tag', () =>
        onHost(async (host, first) => {
          host.run(
            'git',
            ['-c', 'user.name=t', '-c', 'user.email=t@localhost', 'tag', '-a', '-m', 'x', 'v1', first],
            '/srv/git/codebase.git',
          )
          assert.equal(eventsOf(await plan(host, '--tag v1'), 'plan')[0]?.commit, first)
        }))

      it('does nothing that a variable of the caller tells git to do', () =>
        onHost(async (host, first) => {
          const mark = host.path('/mark')
          const evil = `export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.gitProxy GIT_CONFIG_VALUE_0='touch ${mark}'`
          const more = `GIT_SSH_COMMAND='touch ${mark}' GIT_EXEC_PATH=${host.path('/nowhere')} GIT_TRACE=${mark}`
          const answer = await host.ask('plan --app codebase --branch master', `${evil} ${more};`)
          assert.equal(eventsOf(answer, 'plan')[0]?.commit, first)
          assert.equal(host.has('/mark'), false)
        }))

      it('waits for no lock, and says who has it', () =>
        onHost(async (host) => {
          host.hold()
          const running = host.deploy()
          await eventually(() => host.has('/var/lib/shipit/apps/codebase/current'))
          const status = eventsOf(await plan(host), 'status')[0]
          assert.equal(status?.lock, 'held')
          host.release()
          assert.equal((await running).status, 0)
        }))

      it('refuses a ref that is not there, another recipe, and a repository that git cannot read, in its words', () =>
        onHost(async (host) => {
          const gone = await plan(host, '--branch gone')
          assert.deepEqual([gone.status, eventsOf(gone, 'refused')[0]?.reason], [66, 'ref-not-found'])
          const drift = await plan(host, `--branch master --digest ${'a'.repeat(64)}`)
          assert.deepEqual([drift.status, eventsOf(drift, 'refused')[0]?.reason], [78, 'drift'])
          renameSync(host.path('/srv/git/codebase.git'), host.path('/srv/git/away.git'))
          const unread = await plan(host)
          assert.deepEqual([unread.status, eventsOf(unread, 'refused')[0]?.reason], [1, 'repository'])
          assert.match(unread.output, /does not appear to be a git repository/)
        }))
    })
  }
})
