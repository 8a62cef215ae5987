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
        const host = new RenderedHost({ shell: name, steps: STEPS, flags: { docs: { summary: 'the docs' } } })
        const first = host.commit('master', { version: '1' })
        try {
          await test(host, first)
        } finally {
          host.release()
          host.remove()
        }
      }
      const deploy = (host: RenderedHost, flags = '') =>
        host.deploy(`--branch master${flags} --digest ${host.digest}`)
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

      it('takes no branch and no tag whose name only ends as the one that was asked for', () =>
        onHost(async (host, first) => {
          const tip = host.commit('master', { version: '2' })
          const refs = [
            'refs/heads/refs/heads/master',
            'refs/heads/refs/heads/gone',
            'refs/tags/refs/tags/v1',
          ]
          for (const ref of refs) host.run('git', ['update-ref', ref, first], '/srv/git/codebase.git')
          assert.equal(eventsOf(await plan(host), 'plan')[0]?.commit, tip)
          for (const words of ['--branch gone', '--tag v1']) {
            const gone = await plan(host, words)
            assert.deepEqual([gone.status, eventsOf(gone, 'refused')[0]?.reason], [66, 'ref-not-found'])
          }
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

      it('compares the paths of an app with what is live, in a scratch folder', () =>
        onHost(async (host) => {
          const APP = 'apps/web/,packages/ui'
          const paths = async (words = '--branch master', list = APP) => {
            const answer = await plan(host, `${words} --paths ${list}`)
            assert.equal(host.has('/var/lib/shipit/apps/codebase/plan'), false)
            return [...eventsOf(answer, 'paths'), ...eventsOf(answer, 'unseen')].map((event) =>
              event.event === 'paths' ? event.state : event.reason,
            )
          }
          host.commit('master', {
            ...{ 'apps/web/a': '1', 'apps/api/a': '1', 'packages/ui/a': '1', 'apps/link': '-> api' },
          })
          // nothing is live yet
          assert.deepEqual(await paths(), [])
          assert.equal((await deploy(host)).status, 0)
          assert.deepEqual(await paths(), ['same'])
          const other = host.commit('master', { 'apps/api/a': '2', 'apps/web-old/a': 'x' })
          const known = listing(host.state)
          const answer = await plan(host, `--branch master --paths ${APP}`)
          assert.deepEqual(
            answer.events.map(({ event }) => event),
            ['hello', 'status', 'plan', 'paths', 'end'],
          )
          assert.equal(eventsOf(answer, 'plan')[0]?.commit, other)
          assert.deepEqual(listing(host.state), known)
          assert.deepEqual(await paths(), ['same'])
          assert.deepEqual(await paths('--branch master', 'apps/api/a'), ['changed'])
          assert.deepEqual(await paths('--branch master', 'apps/'), ['changed'])
          // a slash behind a file, and a folder that is somewhere else
          assert.deepEqual(await paths('--branch master', 'apps/api/a/'), ['changed'])
          assert.deepEqual(await paths('--branch master', 'apps/web/a/'), ['same'])
          assert.deepEqual(await paths('--branch master', 'apps/link/'), ['changed'])
          // none of both commits has it
          assert.deepEqual(await paths('--branch master', 'apps/web/,app/ui'), ['missing'])
          host.commit('master', { 'packages/ui/a': '2' })
          assert.deepEqual(await paths(), ['changed'])
          assert.deepEqual(await paths(`--branch master --commit ${other}`), ['same'])
          host.commit('master', { 'packages/ui/a': '1', 'apps/web/b': '-> a' })
          assert.deepEqual(await paths(), ['changed'])
          // what is the same again has not changed, and one that went has
          host.commit('master', { 'apps/web/b': '' })
          assert.deepEqual(await paths(), ['same'])
          host.commit('master', { 'packages/ui/a': '' })
          assert.deepEqual(await paths(), ['changed'])
          const back = await plan(host, `--branch master --commit ${'a'.repeat(40)} --paths ${APP}`)
          assert.deepEqual([back.status, eventsOf(back, 'refused')[0]?.reason], [66, 'ref-not-found'])
          // with all that a look tells, and before it
          const look = await plan(host, `--branch master --look --paths ${APP}`)
          assert.deepEqual(
            look.events.map(({ event }) => event),
            ['hello', 'status', 'plan', 'space', 'paths', 'commits', 'commits', 'end'],
          )
        }))

      it('compares no paths where the live run had another recipe or other flags', () =>
        onHost(async (host) => {
          const paths = async (words = '') =>
            eventsOf(await plan(host, `--branch master${words} --paths version`), 'paths').map(
              ({ state }) => state,
            )
          assert.equal((await deploy(host, ' --docs')).status, 0)
          assert.deepEqual(await paths(' --docs'), ['same'])
          assert.deepEqual(await paths(), ['flags'])
          assert.equal((await deploy(host)).status, 0)
          assert.deepEqual(await paths(), ['same'])
          assert.deepEqual(await paths(' --docs'), ['flags'])
          // nobody asked which recipe it was
          assert.equal((await host.deploy()).status, 0)
          assert.deepEqual(await paths(), ['recipe'])
        }))
    })
  }
})
