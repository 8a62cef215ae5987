// Programs that a host cannot start, or that print nothing: their empty answer decides nothing.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, releases, shell } from '../../src/recipe/steps.ts'
import { eventsOf, inTurn, RenderedHost, SHELLS, whyNotShell } from './support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
/** As under noexec (sudoers(5)), once the mark is there: no output, and the shell's own status. */
const NOT_STARTED = '[ ! -e "$aside/broken" ] || exit 126\nexec "$real" "$@"'
const MAY_NOT = "programs may not be started here (see noexec in 'man sudoers')"

describe('the empty answer of a program', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (program: string, test: (host: RenderedHost) => Promise<void>) => {
        // version 3 fails once it is live
        const steps = [git(), releases({ root: '/var/app', keep: 2 }), shell('! grep -q 3 version')]
        const host = new RenderedHost({ shell: name, steps, before: { [program]: NOT_STARTED } })
        try {
          await test(host)
        } finally {
          host.remove()
        }
      }

      for (const [program, request] of [
        ['id', 'hello'],
        ['ls', 'hello'],
        ['date', 'freeze --app codebase --reason release'],
        ['awk', 'rollback'],
      ] as const) {
        it(`is told, for ${program} (${request.split(' ')[0]})`, () =>
          onHost(program, async (host) => {
            host.commit('master', { version: '1' })
            // a rollback asks for what there is to go back to
            for (let runs = 0; runs < (request === 'rollback' ? 2 : 0); runs++) {
              host.commit('master', { version: String(runs + 1) })
              assert.equal((await host.deploy()).status, 0)
            }
            host.write('/aside/broken', '')
            const words = request === 'rollback' ? `rollback --run ${makeRunId()} --app codebase` : request
            const answer = await host.ask(words)
            assert.deepEqual(
              [answer.status, answer.stderr.trim().split('\n').at(-1)],
              [70, `shipit: cannot run '${program}': ${MAY_NOT}`],
            )
            assert.deepEqual(eventsOf(answer, 'refused'), [])
            assert.equal(existsSync(host.path(`${STATE}/freeze`)), false)
          }))
      }

      it('and a tree that was not packed whole make no build', async () => {
        const short = 'case "$*" in "-cf - -C "*/tree/*) "$real" "$@"; exit 2 ;; esac\nexec "$real" "$@"'
        const steps = [git(), shell('true', { name: 'build', as: 'build', out: 'out' }), shell('true')]
        const host = new RenderedHost({ shell: name, steps, before: { tar: short } })
        host.commit('master', { 'out/f': 'f' })
        try {
          const answer = await host.deploy()
          assert.equal(answer.status, 1)
          assert.match(answer.output, /the build did not get the whole tree/)
        } finally {
          host.remove()
        }
      })

      it('removes no release: the live one is not taken for an old one', () =>
        onHost('readlink', async (host) => {
          for (const version of ['1', '2', '3']) {
            host.commit('master', { version })
            assert.equal((await host.deploy()).status, version === '3' ? 1 : 0)
          }
          host.write('/aside/broken', '')
          host.commit('master', { version: '4' })
          const answer = await host.deploy()
          assert.equal(host.read('/var/app/current/version'), '3')
          assert.equal(answer.status, 1)
          assert.match(answer.output, /shipit: cannot run 'readlink'/)
        }))
    })
  }
})
