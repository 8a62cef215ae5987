// What happens only in a moment, or where there is hardly room or time: a program of the host is made slow, or fails, just then.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, rsync, shell } from '../../src/recipe/steps.ts'
import {
  eventsOf,
  eventually,
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
} from './support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const PACKS = `${STATE}/mirror.git/objects/pack`
const SESSION = '0'.repeat(32)

describe('in a narrow place', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (
        options: Omit<HostOptions, 'shell'>,
        test: (host: RenderedHost) => Promise<void>,
      ) => {
        const host = new RenderedHost({ shell: name, ...options })
        try {
          await test(host)
        } finally {
          host.remove()
        }
      }
      const deployNext = async (host: RenderedHost) => {
        host.commit('master', { 'src/a': makeRunId() })
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
        return answer.output
      }

      it('what a fetch without room left goes with its run', () =>
        onHost(
          {
            steps: [
              git(),
              shell(`touch "$HOME/../../../codebase/mirror.git/objects/pack/tmp_pack_1"; false`, {
                phase: 'prepare',
              }),
            ],
          },
          async (host) => {
            host.commit('master', { a: '1' })
            assert.equal((await host.deploy()).status, 1)
            assert.equal(host.has(`${PACKS}/tmp_pack_1`), false)
          },
        ))

      it('packs that cannot be made one stop no deploy, and are let alone until there are as many more', () =>
        onHost(
          {
            steps: [git()],
            before: {
              git: 'case " $* " in *" repack "*) echo no room; exit 1 ;; esac\nexec "$real" "$@"',
            },
          },
          async (host) => {
            host.setConstant('step', 'MOST_PACKS', 2)
            const said: boolean[] = []
            for (let round = 0; round < 5; round += 1)
              said.push(/cannot pack the mirror/.test(await deployNext(host)))
            assert.deepEqual(said, [false, false, true, false, true])
          },
        ))

      it('the mirror is of the kind that repositories are, whatever git chooses by itself', () =>
        onHost(
          {
            steps: [git()],
            before: { git: '[ "$GIT_DEFAULT_HASH" ] || export GIT_DEFAULT_HASH=sha256\nexec "$real" "$@"' },
          },
          async (host) => {
            await deployNext(host)
          },
        ))

      it('a git step that is tried again has the tree of its own commit alone', () =>
        onHost(
          {
            steps: [git({ retries: 1 }), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })],
            before: {
              tar: '"$real" "$@" || exit\n[ ! -e "$aside/once" ] || exit 0\ntouch "$aside/once"\nfor folder; do :; done\ntouch "$folder/src/left"\nexit 1',
            },
          },
          async (host) => {
            host.setConstant('run', 'RETRY_SECONDS', 0)
            await deployNext(host)
            assert.deepEqual([host.has('/aside/once'), host.has('/var/codebase/src/left')], [true, false])
          },
        ))

      it('a step that publishes is let finish where a cancel came while the one before it ended', () =>
        onHost(
          {
            steps: [
              shell('sleep 0.1', { phase: 'prepare', name: 'one' }),
              shell(
                `touch "$HOME/../../../half"; until [ -e "$HOME/../../../codebase/runs/$SHIPIT_RUN/cancel" ]; do sleep 0.05; done; sleep 1; echo whole`,
                { phase: 'publish', name: 'two' },
              ),
              shell('true', { phase: 'publish', name: 'three' }),
            ],
            // of the watch: between the look at the step and the look for its processes
            before: { wc: '[ "$#,$1" != 1,-c ] || sleep 0.5\nexec "$real" "$@"' },
          },
          async (host) => {
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            await eventually(() => host.has('/var/lib/shipit/apps/half'))
            assert.equal((await host.ask(`cancel --run ${run} --app codebase`)).status, 0)
            const answer = await call
            assert.match(answer.output, /whole/)
            assert.deepEqual([outcomeOf(answer).outcome, outcomeOf(answer).step], ['cancelled', 'three'])
          },
        ))

      it('a cancel that comes as a step ends does not swallow that it ended', () =>
        onHost(
          {
            steps: [
              shell('touch "$HOME/../../../slow"; touch "$HOME/../../../done"', {
                phase: 'publish',
                name: 'last',
              }),
            ],
            before: {
              date: 'case "$*" in *-u*) [ ! -e "$aside/../var/lib/shipit/apps/slow" ] || sleep 0.7 ;; esac\nexec "$real" "$@"',
            },
          },
          async (host) => {
            const run = makeRunId()
            const call = host.deploy('--branch master', run)
            await eventually(() => host.has('/var/lib/shipit/apps/done'))
            writeFileSync(host.path(`${STATE}/runs/${run}/cancel`), 'somebody now\n')
            await eventually(() => host.has(`${STATE}/runs/${run}/ended`))
            const ended = eventsOf(await call, 'step').map(({ state }) => state)
            assert.deepEqual(ended, ['started', 'ended'])
          },
        ))

      it('a client that reads late begins nothing once a freeze was confirmed', () =>
        onHost({ steps: [shell('true', { phase: 'publish' })] }, async (host) => {
          const run = makeRunId()
          const request = `deploy --run ${run} --app codebase --branch master --session ${SESSION}`
          const gate = `${SHELLS[name]?.join(' ')} ${host.path('/usr/local/libexec/shipit/gate')}`
          const line = `{ head -c 65536 /dev/zero; SSH_ORIGINAL_COMMAND='shipit-gate ${request}' ${gate}; } | { while [ ! -e ${host.path('/go')} ]; do sleep 0.05; done; cat; }`
          const client = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] })
          let said = ''
          client.stdout.on('data', (chunk) => {
            said += chunk
          })
          await new Promise((resolve) => setTimeout(resolve, 700))
          assert.equal((await host.ask('freeze --app codebase --reason stop')).status, 0)
          host.write('/go', '')
          await once(client, 'close')
          assert.match(said, /"reason":"frozen"/)
          assert.equal(host.has(`${STATE}/runs/${run}`), false)
        }))

      it('a freeze that comes as a run is recorded ends it before anything is done', () =>
        onHost(
          {
            steps: [shell('touch "$HOME/../../../proof"', { phase: 'publish' })],
            before: {
              mv: 'case "$*" in *starting*) touch "$aside/mv"; while [ ! -e "$aside/go" ]; do sleep 0.05; done ;; esac\nexec "$real" "$@"',
            },
          },
          async (host) => {
            const call = host.deploy()
            await eventually(() => host.has('/aside/mv'))
            assert.equal((await host.ask('freeze --app codebase --reason stop')).status, 0)
            host.write('/aside/go', '')
            const answer = await call
            assert.deepEqual([answer.status, outcomeOf(answer).outcome], [130, 'cancelled'])
            assert.equal(host.has('/var/lib/shipit/apps/proof'), false)
          },
        ))
    })
  }
})
