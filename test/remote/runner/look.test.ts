// A plan that looks: what a deploy would change, found in a scratch folder, with nothing left of it whatever ends the look.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe } from 'node:test'
import { check, command, git, releases, root, rsync, shell } from '../../../src/recipe/steps.ts'
import {
  type Answer,
  eventsOf,
  eventually,
  type HostOptions,
  inTurn,
  RenderedHost,
  SESSION,
  SHELLS,
  whyNotShell,
} from '../support/rendered-host.ts'

const FILES = [git(), rsync({ from: 'src/', to: '/var/site/', delete: true, exclude: ['/keep/'] })]
/** git waits at what takes most of a look, while there is a file `hold`. */
const HELD_GIT = `case "$*" in *archive*) : >"$aside/at"; while [ -e "$aside/hold" ]; do sleep 0.05; done ;; esac
exec "$real" "$@"`

/** All below a folder but a look's own: kind, mode, owner, size, time and content. */
function whole(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const path = join(folder, name)
      const { mode, uid, size, mtimeMs } = lstatSync(path)
      const stat = lstatSync(path)
      const content = stat.isFile() ? readFileSync(path, 'latin1') : ''
      const target = stat.isSymbolicLink() ? readlinkSync(path) : ''
      // the scratch folder came and went in it
      const time = name === 'var/lib/shipit/apps/codebase' ? '' : mtimeMs
      return JSON.stringify([name, mode, uid, stat.isDirectory() ? 0 : size, time, content, target])
    })
    .sort()
}

/** What a look found: by step, the counts or the state. */
function found(answer: Answer): Record<string, string> {
  return Object.fromEntries(
    eventsOf(answer, 'look').map((look) => [
      look.name,
      look.state === 'files'
        ? `${look.new}+ ${look.changed}~ ${look.deleted}-${look.part ? ' part' : ''}`
        : look.state,
    ]),
  )
}

function unseen(answer: Answer): string[] {
  return eventsOf(answer, 'unseen').map(({ reason }) => reason)
}

/** A text that no git packs smaller, always the same. */
function noise(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48271) % 2147483647
    return String.fromCharCode(33 + (state % 90))
  }).join('')
}

describe('a plan that looks', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (
        options: Omit<HostOptions, 'shell'>,
        test: (host: RenderedHost, first: string) => Promise<void>,
      ) => {
        const host = new RenderedHost({ shell: name, steps: FILES, ...options })
        const first = host.commit('master', { 'src/a': '1', 'src/b': '2', 'src/sub/c': '3' })
        try {
          await test(host, first)
        } finally {
          host.remove()
        }
      }
      const look = (host: RenderedHost, words = '') =>
        host.ask(`plan --app codebase --branch master${words} --look --files`)
      const scratch = (host: RenderedHost) => existsSync(join(host.state, 'plan'))

      it('tells the commits, the files and the room, and changes nothing', () =>
        onHost({}, async (host, first) => {
          assert.deepEqual(found(await look(host)), { 'rsync src': '3+ 0~ 0-' })
          assert.equal((await host.deploy()).status, 0)
          host.write('/var/site/keep/upload', 'theirs')
          host.write('/var/site/old', 'gone from the commit')
          const second = host.commit('master', {
            'src/a': '',
            'src/b': '22',
            'src/n ü': 'n',
            'src/l': '-> b',
          })
          const before = whole(host.prefix)
          const answer = await look(host)
          assert.deepEqual(whole(host.prefix), before)
          assert.deepEqual(
            answer.events.map(({ event }) => event),
            ['hello', 'status', 'plan', 'space', 'space', 'commits', 'commits', 'look', 'end'],
          )
          assert.deepEqual(
            eventsOf(answer, 'commits').map(({ side, count }) => [side, count]),
            [
              ['comes', 1],
              ['goes', 0],
            ],
          )
          assert.deepEqual(found(answer), { 'rsync src': '2+ 1~ 2-' })
          assert.deepEqual(answer.output.trimEnd().split('\n').toSorted(), [
            '+ l -> b',
            '+ n \\#303\\#274',
            '- a',
            '- old',
            `${second}\t1700000000\tt\ta commit`,
            '~ b',
          ])
          // the deploy does just that
          assert.equal((await host.deploy()).status, 0)
          assert.deepEqual(found(await look(host)), { 'rsync src': '0+ 0~ 0-' })
          const back = await look(host, ` --commit ${first}`)
          assert.deepEqual(
            eventsOf(back, 'commits').map(({ side, count }) => [side, count]),
            [
              ['comes', 0],
              ['goes', 1],
            ],
          )
          assert.deepEqual(found(back), { 'rsync src': '1+ 1~ 2-' })
        }))

      it('answers where the recipe is another one, and refuses a commit that is not on the branch', () =>
        onHost({}, async (host) => {
          const drifted = await host.ask(
            `plan --app codebase --branch master --look --digest ${'a'.repeat(64)}`,
          )
          assert.equal(drifted.status, 0)
          assert.equal(eventsOf(drifted, 'hello')[0]?.digest, host.digest)
          assert.deepEqual(found(drifted), { 'rsync src': '3+ 0~ 0-' })
          const elsewhere = host.commit('topic', { 'src/a': 'x' })
          const refused = await look(host, ` --commit ${elsewhere}`)
          assert.deepEqual([refused.status, eventsOf(refused, 'refused')[0]?.reason], [66, 'ref-not-found'])
          assert.equal(scratch(host), false)
        }))

      it('counts what no build makes, and says what one makes', () =>
        onHost(
          {
            steps: [
              git(),
              command(['true'], { as: 'build', in: 'src', out: 'made', name: 'build' }),
              rsync({ from: 'src/sub/', to: '/var/one/', delete: true }),
              rsync({ from: 'src/', to: '/var/two/', delete: true, name: 'around' }),
              rsync({ from: 'src/made/x/', to: '/var/three/', delete: true, name: 'within' }),
              releases({ root: '/var/rel' }),
              shell('true', { name: 'any' }),
              rsync({ from: 'src/sub/', to: '/var/one/', delete: true, name: 'after' }),
            ],
          },
          async (host) => {
            host.write('/var/two/made/live', 'made before')
            assert.deepEqual(found(await look(host)), {
              'rsync src/sub': '1+ 0~ 0-',
              around: '3+ 0~ 0- part',
              within: 'made',
              release: '3+ 0~ 0- part',
              after: 'made',
            })
          },
        ))

      it('compares a release with the one that is live, without what is shared', () =>
        onHost({ steps: [git(), releases({ root: '/var/rel', shared: ['src/sub'] })] }, async (host) => {
          assert.deepEqual(found(await look(host)), { release: '2+ 0~ 0-' })
          assert.deepEqual(readdirSync(host.folder('/var/rel')), [])
          assert.equal((await host.deploy()).status, 0)
          host.commit('master', { 'src/b': 'x', 'src/sub/c': 'y' })
          assert.deepEqual(found(await look(host)), { release: '0+ 1~ 0-' })
        }))

      it('says of a build whether the host has its program, which needs no path', () =>
        onHost(
          {
            steps: [
              git(),
              command(['true'], { as: 'build', name: 'found' }),
              command(['no-such-program'], { as: 'build', out: 'made', name: 'lost' }),
              command(['no-such-program'], { as: 'build', env: { PATH: '/opt/x' }, name: 'elsewhere' }),
              command(['./made/x'], { as: 'build', name: 'own' }),
            ],
          },
          async (host) => {
            const answer = await look(host)
            assert.deepEqual(found(answer), { lost: 'impossible' })
            assert.match(answer.output, /this host has no program 'no-such-program' in \S+:\/usr\/local\/bin/)
          },
        ))

      it('says what a deploy would stop at, in the words of the deploy', () =>
        onHost({}, async (host) => {
          host.commit('master', { 'src/evil': '-> ../../../../etc/passwd' })
          const link = await look(host)
          assert.deepEqual(found(link), { 'rsync src': 'impossible' })
          assert.match(link.output, /a symlink leads out of the folder/)
          host.commit('master', { 'src/evil': '', '.gitattributes': '*.bin filter=lfs\n', 'src/x.bin': 'p' })
          const filtered = await look(host)
          assert.deepEqual(found(filtered), { 'rsync src': 'impossible' })
          assert.match(filtered.output, /would be published like that/)
          host.commit('master', { sub: `module ${'a'.repeat(40)}` })
          const module = await look(host)
          assert.deepEqual(found(module), { git: 'impossible' })
          assert.match(module.output, /the commit has submodules/)
          rmSync(host.path('/var/site'), { recursive: true })
          assert.deepEqual(found(await look(host)), { git: 'impossible', 'rsync src': 'impossible' })
          assert.equal(scratch(host), false)
        }))

      it('reads no file that a commit has for rsync or git, and leaves no mark of a hostile one', () =>
        onHost({}, async (host) => {
          host.commit('master', {
            'src/.rsync-filter': '- *\n',
            '.gitattributes': '* export-ignore\nsrc/* export-subst\n',
            'src/-rf': '$Format:%H$',
            'src/a\nb': 'x',
          })
          assert.deepEqual(found(await look(host)), { 'rsync src': '6+ 0~ 0-' })
          // what is live leads elsewhere: nothing is read by way of it
          rmSync(host.path('/var/site'), { recursive: true })
          host.write('/var/elsewhere/a', 'x')
          mkdirSync(host.path('/var/site'))
          symlinkSync(host.path('/var/elsewhere'), host.path('/var/site/sub'))
          const before = whole(host.prefix)
          assert.deepEqual(found(await look(host)), { 'rsync src': '6+ 0~ 0-' })
          assert.deepEqual(whole(host.prefix), before)
        }))

      it('stops at a commit that is too large to be fetched or compared', () =>
        onHost({}, async (host) => {
          host.setConstant('step', 'MOST_FILES', 2)
          const large = await look(host)
          assert.deepEqual([unseen(large), found(large)], [['size'], {}])
          host.setConstant('step', 'MOST_FILES', 10)
          host.setConstant('step', 'MOST_KILOBYTES', 8)
          assert.deepEqual(unseen(await look(host)), ['size'])
          host.commit('master', { 'src/noise': noise(900_000) })
          host.setConstant('step', 'MOST_KILOBYTES', 100)
          assert.deepEqual(unseen(await look(host)), ['size'])
          assert.equal(scratch(host), false)
        }))

      it('fetches no history where there is nothing to compare it with', () =>
        onHost({}, async (host, first) => {
          host.commit('master', { 'src/noise': noise(900_000) })
          host.commit('master', { 'src/noise': '' })
          host.setConstant('step', 'MOST_KILOBYTES', 100)
          assert.deepEqual(found(await look(host)), { 'rsync src': '3+ 0~ 0-' })
          // a commit that is asked for has to be found on the branch
          assert.deepEqual(unseen(await look(host, ` --commit ${first}`)), ['size'])
        }))

      it('says so where there is no room for its folder', () =>
        onHost(
          { before: { mkdir: 'case "$*" in */plan) exit 1 ;; esac\nexec "$real" "$@"' } },
          async (host) => {
            const answer = await look(host)
            assert.deepEqual([answer.status, unseen(answer), found(answer)], [0, ['storage'], {}])
            assert.equal(eventsOf(answer, 'space').length, 2)
          },
        ))

      it('is ended by its limit, and leaves nothing', () =>
        onHost({ before: { git: HELD_GIT } }, async (host) => {
          host.write('/aside/hold', '')
          host.setConstant('runner', 'LOOK_LIMIT_SECONDS', 1)
          const answer = await look(host)
          assert.deepEqual([answer.status, unseen(answer), scratch(host)], [0, ['time'], false])
        }))

      it('leaves no process where TERM ends it just as it begins', () =>
        onHost({ before: { setsid: ': >"$aside/at"; exec sleep 60' } }, async (host) => {
          const call = host.start(
            `shipit-gate plan --app codebase --branch master --look --session ${SESSION}`,
          )
          await eventually(() => host.has('/aside/at'))
          call.end()
          await call.answer
          await eventually(() => spawnSync('flock', ['-n', host.state, 'true']).status === 0)
          assert.equal(scratch(host), false)
        }))

      it('leaves nothing where TERM ends it, and what KILL leaves goes with the next look or run', () =>
        onHost({ before: { git: HELD_GIT } }, async (host) => {
          const begin = async () => {
            rmSync(host.path('/aside/at'), { force: true })
            host.write('/aside/hold', '')
            const call = host.start(
              `shipit-gate plan --app codebase --branch master --look --session ${SESSION}`,
            )
            await eventually(() => host.has('/aside/at'))
            return call
          }
          const ended = await begin()
          ended.end()
          await ended.answer
          await eventually(() => !scratch(host))
          for (const next of [() => look(host), () => host.deploy()]) {
            const killed = await begin()
            killed.kill()
            await killed.answer
            assert.equal(scratch(host), true)
            rmSync(host.path('/aside/hold'))
            // what it had started goes on for a moment
            await eventually(() => spawnSync('flock', ['-n', host.state, 'true']).status === 0)
            assert.equal(scratch(host), true)
            assert.equal((await next()).status, 0)
            await eventually(() => !scratch(host))
          }
        }))

      it('says that it ran out of time, whatever becomes of its scratch folder', () =>
        onHost(
          {
            before: {
              git: 'case " $* " in *" fetch "*) [ ! -e "$aside/slow" ] || sleep 3 ;; esac\nexec "$real" "$@"',
              rm: `case "$*" in "-rf "*/plan) [ ! -e "$2/mirror.git" ] || case "$(cat "$aside/slow")" in
once) : >"$aside/slow"; exit 1 ;;
never) printf 'rm: cannot remove %s\\n' a b >&2; exit 1 ;;
esac ;; esac
exec "$real" "$@"`,
            },
          },
          async (host) => {
            assert.equal((await host.deploy()).status, 0)
            host.setConstant('runner', 'LOOK_LIMIT_SECONDS', 1)
            host.commit('master', { 'src/a': '2' })
            for (const removed of ['at once', 'once', 'never']) {
              host.write('/aside/slow', removed)
              const answer = await look(host)
              assert.deepEqual([unseen(answer), answer.events.at(-1)?.event], [['time'], 'end'], removed)
            }
          },
        ))

      it('waits for another look, and says so where that does not end', () =>
        onHost({ before: { git: HELD_GIT } }, async (host) => {
          host.write('/aside/hold', '')
          const first = look(host)
          await eventually(() => host.has('/aside/at'))
          host.setConstant('runner', 'MOST_LOOK_TURNS', 1)
          const second = await look(host)
          assert.deepEqual([second.status, unseen(second), found(second)], [0, ['busy'], {}])
          assert.equal(eventsOf(second, 'space').length, 2)
          rmSync(host.path('/aside/hold'))
          assert.deepEqual(found(await first), { 'rsync src': '3+ 0~ 0-' })
        }))

      it('asks neither checks nor root in the sandbox', () =>
        onHost(
          { steps: [git(), check('http://127.0.0.1:1/'), root(['/usr/bin/true'], { inPlan: true })] },
          async (host) => assert.deepEqual(found(await look(host)), {}),
        ))

      it('goes on without the tree where git cannot fetch', () =>
        onHost(
          {
            steps: [...FILES, shell('true')],
            before: {
              git: 'case " $* " in *" fetch "*) [ ! -e "$aside/fail" ] || { echo "fatal: no way" >&2; exit 128; } ;; esac\nexec "$real" "$@"',
            },
          },
          async (host) => {
            assert.equal((await host.deploy()).status, 0)
            host.commit('master', { 'src/a': 'x' })
            host.write('/aside/fail', '')
            const answer = await look(host)
            assert.deepEqual([unseen(answer), found(answer)], [['fetch'], {}])
            assert.match(answer.output, /fatal: no way/)
          },
        ))
    })
  }
})
