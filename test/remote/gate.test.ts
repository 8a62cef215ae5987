import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { after, before, describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git } from '../../src/recipe/steps.ts'
import { eventsOf, inTurn, RenderedHost, SESSION, SHELLS, whyNotShell } from './support/rendered-host.ts'

const RUN = '20261122T120000Z-0123456789abcdef'
const SHA = 'a'.repeat(40)
const DEPLOY = `deploy --run ${RUN} --app codebase --branch`

/** What is no request, by what is wrong with it. */
const HOSTILE: Record<string, readonly string[]> = {
  'a shell or another program': [
    '',
    ' ',
    'id',
    'sh',
    'bash -i',
    'scp -t /tmp',
    '/usr/lib/openssh/sftp-server',
    'internal-sftp',
    'rsync --server .',
  ],
  'shell words': [
    `status --app codebase;id`,
    `status --app codebase && id`,
    `status --app $(id)`,
    'status --app `id`',
    `${DEPLOY} x|id`,
    `${DEPLOY} x>y`,
    `${DEPLOY} *`,
    `${DEPLOY} ?`,
    `${DEPLOY} [a]`,
    `${DEPLOY} ~root`,
    `${DEPLOY} 'x'`,
    `${DEPLOY} "x"`,
    `${DEPLOY} x\\y`,
    `${DEPLOY} {a,b}`,
    `${DEPLOY} !x`,
    `${DEPLOY} x%0a`,
    `${DEPLOY} $IFS`,
    `${DEPLOY} $\{PATH}`,
  ],
  'other blanks and control characters': [
    ' hello',
    'hello ',
    'hello  ',
    'status  --app codebase',
    'status\t--app\tcodebase',
    'hello\nid',
    'hello\r',
    '\nhello',
    'hello\n',
    `${DEPLOY} x\u001b[31m`,
    `${DEPLOY} x\u0007`,
    `${DEPLOY} x\u007f`,
    'hello\u0001',
  ],
  'other letters': [
    `${DEPLOY} für`,
    `${DEPLOY} m\u0430ster`,
    `${DEPLOY} \u202ex`,
    'status --app cod\u00ebbase',
    `${DEPLOY} \u2028`,
  ],
  'unknown, repeated or misplaced words': [
    'shutdown',
    'Hello',
    'HELLO',
    'hello x',
    'hello --app codebase',
    'deploy',
    'status',
    'status codebase',
    'status --App codebase',
    `status --app codebase --app codebase`,
    `status --app codebase --verbose`,
    `deploy --app codebase --run ${RUN} --branch x`,
    `${DEPLOY} x --branch y`,
    `${DEPLOY} x --tag y`,
    `${DEPLOY} x --docs --docs`,
    `${DEPLOY} x --docs --commit ${SHA}`,
    `${DEPLOY} x --unknown`,
    `${DEPLOY} x --docs=1`,
    `${DEPLOY} x --docs 1`,
    `attach --app codebase --run ${RUN}`,
    `status --app=codebase`,
    'shipit-gate shipit-gate hello',
  ],
  'options where a value stands': [
    `${DEPLOY} -x`,
    `${DEPLOY} --docs`,
    `${DEPLOY} --upload-pack=id`,
    'status --app --help',
    'status --app -x',
    `${DEPLOY} x --claimed -x`,
  ],
  'refs that are paths, tricks or commits': [
    `${DEPLOY} ../x`,
    `${DEPLOY} a/../b`,
    `${DEPLOY} /x`,
    `${DEPLOY} x/`,
    `${DEPLOY} x//y`,
    `${DEPLOY} .x`,
    `${DEPLOY} x/.y`,
    `${DEPLOY} x.lock`,
    `${DEPLOY} x.lock/y`,
    `${DEPLOY} HEAD`,
    `${DEPLOY} refs/heads/x`,
    `${DEPLOY} ${SHA}`,
    `${DEPLOY} x:y`,
    `${DEPLOY} +x`,
    `${DEPLOY} @x`,
    `${DEPLOY} x.`,
    `${DEPLOY} ${'x'.repeat(201)}`,
  ],
  'values of another form': [
    'status --app Codebase',
    'status --app ../codebase',
    'status --app 1codebase',
    'status --app codebase-',
    `status --app ${'a'.repeat(25)}`,
    `deploy --run x --app codebase --branch x`,
    `deploy --run ${RUN}0 --app codebase --branch x`,
    `deploy --run ${RUN.toUpperCase()} --app codebase --branch x`,
    `deploy --run ../../etc --app codebase --branch x`,
    `deploy --run 20261122T12000AZ-0123456789abcdef --app codebase --branch x`,
    `${DEPLOY} x --commit abc`,
    `${DEPLOY} x --commit ${'A'.repeat(40)}`,
    `${DEPLOY} x --digest ${SHA}`,
    'history --app codebase --limit 0',
    'history --app codebase --limit -1',
    'history --app codebase --limit 01',
    'history --app codebase --limit 1001',
    `attach --run ${RUN} --app codebase --offset 1x`,
    `attach --run ${RUN} --app codebase --events 1x`,
    `attach --run ${RUN} --app codebase --events 1 --offset 1`,
    `attach --run ${RUN} --app codebase --offset 9999999999999999`,
  ],
  'tokens of another form': [
    'hello --session',
    'hello --session x',
    `hello --session ${SESSION.toUpperCase()}`,
    `hello --session ${SESSION}0`,
    `hello --session ${SESSION} --session ${SESSION}`,
    `hello --session ${SESSION} x`,
  ],
  'too much': [`${DEPLOY} ${'x/'.repeat(600)}x`, `hello${' x'.repeat(40)}`, 'hello'.repeat(20000)],
  'apps that are not here': ['status --app other', `deploy --run ${RUN} --app other --branch x`],
}

// the shells beside each other: most of a deploy is waiting
describe('the gate', { concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    describe(`under ${shell}`, { skip: whyNotShell(shell), concurrency: 1 }, () => {
      // test/attacks/gate.test.ts has something of every kind under each shell
      const it = inTurn(shell)
      let host: RenderedHost
      before(() => {
        host = new RenderedHost({
          shell,
          steps: [git()],
          flags: { docs: { summary: '' }, colour: { summary: '', choices: ['red', 'blue'] } },
        })
        host.commit('master', { a: 'a' })
      })
      after(() => host.remove())

      for (const [what, requests] of Object.entries(HOSTILE)) {
        it(`refuses ${what}: 77, one constant sentence, no file`, async () => {
          for (const request of requests) {
            const answer = await host.start(request).answer
            assert.equal(answer.status, 77, JSON.stringify(request.slice(0, 80)))
            assert.match(
              answer.stderr,
              /^shipit: refused: [a-z ().,/-]+\n$/,
              JSON.stringify(request.slice(0, 80)),
            )
            assert.equal(answer.bytes.length, 0)
          }
          assert.deepEqual(readdirSync(host.path('/var/lib/shipit/apps')), [])
        })
      }

      it('passes a request on and answers under the token that came with it', async () => {
        const answer = await host.ask('hello')
        assert.equal(answer.status, 0, answer.stderr)
        assert.deepEqual(
          answer.events.map(({ event }) => event),
          ['hello', 'app', 'end'],
        )
        assert.equal(eventsOf(answer, 'app')[0]?.digest, host.digest)
      })

      it('takes a request with and without its own name before it', async () => {
        for (const request of [`hello --session ${SESSION}`, `shipit-gate hello --session ${SESSION}`]) {
          assert.equal((await host.start(request).answer).status, 0)
        }
      })

      it('takes a request as arguments, but not together with one from sshd', async () => {
        assert.equal((await host.program('gate', ['hello', '--session', SESSION])).status, 0)
        assert.equal((await host.program('gate', ['hello --session'])).status, 77)
        const gate = host.path('/usr/local/libexec/shipit/gate')
        const [program = '', ...words] = SHELLS[shell] ?? []
        const both = spawnSync(program, [...words, gate, 'hello'], {
          env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: 'hello' },
        })
        assert.equal(both.status, 77)
      })

      it('takes the flags that the recipe declares, in declared order, with declared choices only', async () => {
        const verdict = async (words: string) =>
          (await host.ask(`${DEPLOY.replace(RUN, makeRunId())} nope ${words}`)).status
        assert.equal(await verdict('--docs --colour red'), 66)
        assert.equal(await verdict('--colour blue'), 66)
        for (const words of [
          '--colour red --docs',
          '--colour green',
          '--colour',
          '--colour red,blue',
          '--colour --docs',
        ]) {
          assert.equal(await verdict(words), 77, words)
        }
      })
    })
  }
})
