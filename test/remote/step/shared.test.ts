// Files that all releases share: they have to be there before the first deploy, and no deploy makes, changes or replaces one.
import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { userInfo } from 'node:os'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import type { SharedPath } from '../../../src/recipe/kinds/release.ts'
import { git, releases, rsync, type WrittenSteps } from '../../../src/recipe/steps.ts'
import { ReleasesHost, ROOT } from '../support/releases-host.ts'
import { eventsOf, inTurn, outcomeOf, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

const ENV = `${ROOT}/shared/.env`
const YAML = `${ROOT}/shared/config/app.yml`
const SHARED = [{ file: '.env' }, { file: 'config/app.yml' }, 'log']

const ME = userInfo().username

/** Root writes in a folder of its own: it follows no link that the account made. */
const commands = (own: string, path: string) => [
  'mkdir -p -m 0755 /etc/codebase',
  `install -m 0400 -o USER FILE /etc/codebase/${own}`,
  `sudo -u ${ME} sh -c 'umask 022; mkdir -p ${path.slice(0, path.lastIndexOf('/'))} && ln -s /etc/codebase/${own} ${path}'`,
]

/** A host whose release step does not know that it has no sudo, as the sandbox has none. */
class RealHost extends ReleasesHost {
  constructor(shellName: string, shared: SharedPath[], before: WrittenSteps = []) {
    super(shellName, [git(), ...before, releases({ root: ROOT, shared })])
    const step = '/usr/local/libexec/shipit/step'
    const asks = 'if [ -z "$SUDO" ]; then\n\t\t[ -z "$is_plan"'
    const parts = this.read(step).split(asks)
    assert.equal(parts.length, 2)
    this.write(step, parts.join(asks.replace('-z', '-n')), 0o755)
  }
}

describe('a file that releases share', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: true }, () => {
      const it = inTurn(name)
      it('stops a deploy before anything is published if it is missing, with the commands that make it', () =>
        withHost(
          new RealHost(name, SHARED, [rsync({ from: 'pub/', to: '/var/pub/', delete: true })]),
          async (host) => {
            host.commit('master', { version: '1', '.env': 'of the commit', 'pub/f': 'f' })
            const plan = await host.ask('plan --app codebase --branch master --look')
            const told = (answer: { output: string }) =>
              answer.output
                .replaceAll(host.prefix, '')
                .split('\n')
                .filter((line) => /^(?:mkdir|install|sudo) -/.test(line))
            assert.deepEqual(eventsOf(plan, 'look').at(-1)?.state, 'impossible', plan.output)
            assert.deepEqual(told(plan), commands('env', ENV))
            assert.equal(host.has(`${ROOT}/shared`), false)
            const first = await host.deploy()
            assert.deepEqual(
              [first.status, outcomeOf(first).reason, host.has('/var/pub/f')],
              [1, 'impossible', false],
            )
            assert.deepEqual(told(first), commands('env', ENV))
            assert.match(first.output, /\/var\/app\/shared\/\.env does not exist.*: nothing was published/)
            host.write(ENV, 'of root', 0o400)
            const second = await host.version('2')
            assert.deepEqual(
              [second.status, host.has('/var/pub/f'), told(second)],
              [1, false, commands('config-app.yml', YAML)],
            )
            host.write(YAML, 'of root', 0o640)
            const third = await host.version('3')
            assert.equal(third.status, 0, third.output)
            assert.match(third.output, /the commit's '\.env' is left out/)
            assert.equal(readlinkSync(host.path(`${ROOT}/current/.env`)), '../../shared/.env')
            assert.equal(
              readlinkSync(host.path(`${ROOT}/current/config/app.yml`)),
              '../../../shared/config/app.yml',
            )
            assert.equal(host.read(`${ROOT}/current/.env`), 'of root')
            const modes = [ENV, YAML].map((file) => statSync(host.path(file)).mode & 0o777)
            assert.deepEqual(modes, [0o400, 0o640])
          },
        ))

      it('may be a link of root to a file elsewhere, and nothing but a file', () =>
        withHost(new RealHost(name, [{ file: '.env' }]), async (host) => {
          host.commit('master', { version: '1' })
          mkdirSync(host.path(ENV), { recursive: true })
          const folder = await host.deploy()
          assert.equal(outcomeOf(folder).step, 'release')
          assert.match(
            folder.output,
            /shared\/\.env is not a file, and the recipe shares a file there: move it away/,
          )
          rmSync(host.path(ENV), { recursive: true })
          symlinkSync('../../elsewhere', host.path(ENV))
          const lost = await host.deploy()
          assert.equal(outcomeOf(lost).step, 'release')
          assert.match(lost.output, /shared\/\.env leads to .*\/\.\.\/\.\.\/elsewhere, which does not exist/)
          host.write('/var/elsewhere', 'of root')
          const answer = await host.deploy()
          assert.equal(answer.status, 0, answer.output)
          assert.equal(host.read(`${ROOT}/current/.env`), 'of root')
          assert.ok(lstatSync(host.path(ENV)).isSymbolicLink())
          // a commit can have no folder and no symlink in its place
          for (const [files, said] of [
            [{ '.env/f': 'f' }, /the commit has a folder '\.env'/],
            [{ '.env/f': '', '.env': '-> version' }, /the commit has a symlink '\.env'/],
          ] as const) {
            const refused = await host.version('2', files)
            assert.deepEqual([outcomeOf(refused).step, host.live], ['release', '1'])
            assert.match(refused.output, said)
          }
        }))

      it('begins as the live release has it, when it becomes shared later, and stays for a rollback to before', () =>
        withHost(new RealHost(name, [{ file: '.env' }]), async (host) => {
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const today = host.read(recipe)
          assert.ok(today.includes(" 'file:.env'"))
          host.write(recipe, today.replaceAll(" 'file:.env'", ''))
          const first = outcomeOf(await host.version('1', { '.env': 'of the commit' })).run
          host.write(recipe, today)
          // that one is for developers
          const asked = await host.version('2', { '.env': 'newer' })
          assert.equal(asked.status, 1)
          assert.match(asked.output, /the live release has the one of its commit, which is not taken\)/)
          assert.equal(host.has(ENV), false)
          const own = `${ROOT}/current/.env`
          host.write(own, 'live')
          const second = await host.version('2', { '.env': 'newer' })
          assert.equal(second.status, 0, second.output)
          assert.match(second.output, /shared\/\.env begins as the live release has it/)
          assert.equal(host.read(`${ROOT}/current/.env`), 'live')
          host.write(ENV, 'of root')
          const back = await host.rollback(` --to ${first}`)
          assert.equal(back.status, 0, back.output)
          assert.deepEqual([host.live, host.read(`${ROOT}/current/.env`)], ['1', 'of root'])
          assert.equal(host.read(`${ROOT}/current/.env.before-shared`), 'live')
          // nothing is switched to a release whose link leads to nothing
          assert.equal((await host.version('3')).status, 0)
          rmSync(host.path(ENV))
          const lost = await host.rollback()
          assert.match(lost.output, /shared\/\.env does not exist/)
          assert.deepEqual([lost.status, host.live], [1, '3'])
        }))

      it('is not needed by a rollback to a release from before, as long as nobody has made it', () =>
        withHost(new RealHost(name, [{ file: '.env' }]), async (host) => {
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const today = host.read(recipe)
          host.write(recipe, today.replaceAll(" 'file:.env'", ''))
          assert.equal((await host.version('1', { '.env': 'of 1' })).status, 0)
          assert.equal((await host.version('2', { '.env': 'of 2' })).status, 0)
          host.write(recipe, today)
          const back = await host.rollback()
          assert.equal(back.status, 0, back.output)
          assert.match(
            back.output,
            /^shared\/\.env does not exist yet: release \S+ is from before it was shared, and stays as it is$/m,
          )
          assert.deepEqual(
            [host.live, host.read(`${ROOT}/current/.env`), host.has(ENV)],
            ['1', 'of 1', false],
          )
        }))

      it('is an empty one in the sandbox, where there is no root to make it', () =>
        withHost(new ReleasesHost(name, [git(), releases({ root: ROOT, shared: SHARED })]), async (host) => {
          const answer = await host.version('1')
          assert.equal(answer.status, 0, answer.output)
          assert.match(
            answer.output,
            /shared\/\.env does not exist: in the sandbox an empty file stands in for it/,
          )
          assert.equal(host.read(`${ROOT}/current/config/app.yml`), '')
          assert.ok(statSync(host.path(`${ROOT}/current/log`)).isDirectory())
          host.write(ENV, 'of mine')
          const second = await host.version('2')
          assert.doesNotMatch(second.output, /stands in/)
          assert.equal(host.read(`${ROOT}/current/.env`), 'of mine')
        }))
    })
  }
})

describe('a folder that becomes shared', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const it = inTurn(name)
      it('takes what users wrote also where find is ended before it has seen that', () => {
        const killed =
          'case "$*" in *"live="*) [ ! -e "$aside/broken" ] || exit 137 ;; esac\nexec "$real" "$@"'
        const steps = [git(), releases({ root: ROOT, shared: ['log'] })]
        return withHost(new ReleasesHost(name, steps, { find: killed }), async (host) => {
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const today = host.read(recipe)
          assert.ok(today.includes(" 'log'"))
          host.write(recipe, today.replaceAll(" 'log'", ''))
          assert.equal((await host.version('1', { 'log/of-the-commit': 'l' })).status, 0)
          host.write(recipe, today)
          host.write(`${ROOT}/current/log/of-users`, 'u')
          // an administrator has made it
          host.folder(`${ROOT}/shared/log`)
          host.write('/aside/broken', '')
          const answer = await host.version('2')
          assert.equal(answer.status, 0, answer.output)
          assert.equal(host.read(`${ROOT}/current/log/of-users`), 'u')
        })
      })

      it('is another one than that of a root or a path that only looks like a pattern for it', () => {
        const root = '/var/app.x'
        const steps = [git(), releases({ root, shared: ['log.d'] })]
        return withHost(new ReleasesHost(name, steps), async (host) => {
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const today = host.read(recipe)
          host.write(recipe, today.replaceAll(" 'log.d'", ''))
          assert.equal((await host.version('1', { 'log.d/f': 'of the commit' })).status, 0)
          host.write(recipe, today)
          // an administrator has made it, and users have written since
          host.write(`${root}/shared/log.d/f`, 'of root')
          host.run('touch', ['-d', '@1000000000', host.path(`${root}/shared/log.d/f`)])
          host.write(`${root}/current/log.d/f`, 'of users')
          host.write(`${root}/current/log.d/new`, 'of users')
          const state = host.state.slice(host.prefix.length)
          const others = [`${host.path('/var/app-x')} log.d new`, `${host.path('/var/app-x')} log-d new`]
          host.write(`${state}/sharing`, others.map((line) => `${line}\n`).join(''))
          const switched = `/var/app-x ${makeRunId()}\n`
          host.write(`${state}/switched`, `${switched}${host.read(`${state}/switched`)}`)
          const answer = await host.version('2')
          assert.equal(answer.status, 0, answer.output)
          assert.equal(host.read(`${root}/current/log.d/f`), 'of root')
          assert.equal(host.read(`${root}/current/log.d/new`), 'of users')
          assert.deepEqual(host.read(`${state}/sharing`).trim().split('\n'), others)
          assert.ok(host.read(`${state}/switched`).startsWith(switched))
          assert.equal(host.read(`${state}/switched`).split('\n').length, 3)
        })
      })
    })
  }
})
