import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import {
  type CheckOptions,
  check,
  git,
  releases,
  rsync,
  shell,
  type WrittenSteps,
} from '../../src/recipe/steps.ts'
import {
  type Answer,
  eventsOf,
  type HostOptions,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
} from './rendered-host.ts'

const RUN_PROGRAM = '/usr/local/libexec/shipit/run'
const RECIPE = '/etc/shipit/apps/codebase/recipe'
const STEP_PROGRAM = '/usr/local/libexec/shipit/step'

/** A host whose checks are done: in the sandbox there is no web server, so that they are left out there. */
class CheckedHost extends RenderedHost {
  constructor(options: HostOptions) {
    super(options)
    const text = this.read(RUN_PROGRAM)
    const patched = text.replace('{ [ "$1" = root ] || [ "$1" = check ]; }', '[ "$1" = root ]')
    assert.notEqual(patched, text)
    this.write(RUN_PROGRAM, patched, 0o755)
  }

  /** Gives the steps all programs of this machine but curl and wget, and the one that is named. */
  haveOnly(named: string): void {
    const text = this.read(STEP_PROGRAM)
    this.write(STEP_PROGRAM, text.replace(/^PATH=.*$/m, `PATH='${programs(named)}'`), 0o755)
  }
}

const made = new Map<string, string>()
after(() => {
  for (const folder of made.values()) rmSync(folder, { recursive: true })
})

/** A folder with links to all programs of this machine but curl and wget, and the one that is named. */
function programs(named: string): string {
  const known = made.get(named)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), 'shipit-programs-'))
  made.set(named, folder)
  const all = new Map(PLACES.flatMap((from) => readdirSync(from).map((name) => [name, join(from, name)])))
  for (const [name, path] of all) {
    if (name === named || (name !== 'curl' && name !== 'wget')) symlinkSync(path, join(folder, name))
  }
  if (named === 'busybox wget')
    writeFileSync(join(folder, 'wget'), '#!/bin/sh\nexec busybox wget "$@"\n', { mode: 0o755 })
  return folder
}

const PLACES = ['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/bin']
const has = (program: string) => PLACES.some((folder) => existsSync(join(folder, program)))

/** What the page answers, by path. */
const pages: RequestListener = (request, response) => {
  const path = request.url ?? ''
  if (path === '/never') return
  if (path === '/drips') {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('a')
    return
  }
  if (path === '/moved') response.writeHead(301, { location: '/good' })
  else if (path === '/missing') response.writeHead(404)
  else if (path === '/broken') response.writeHead(503)
  else response.writeHead(200)
  response.end(path === '/large' ? 'x'.repeat(5_000_000) : `the page ${path} is ok [*]\n`)
}

async function listen(handler: RequestListener, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const plain = createPlain()
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const address = plain.address()
  await new Promise((resolve) => plain.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function onHost(options: HostOptions, test: (host: CheckedHost) => Promise<void>): Promise<void> {
  const host = new CheckedHost(options)
  try {
    await test(host)
  } finally {
    host.remove()
  }
}

describe('a check', { concurrency: true }, async () => {
  const { server, port } = await listen(pages)
  const page = (path: string) => `http://127.0.0.1:${port}${path}`
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const checked = (path: string, options: CheckOptions = {}) =>
        check(page(path), { name: path.slice(1), retries: 0, grace: 0, timeout: 5, ...options })

      for (const client of ['curl', 'wget', 'busybox wget']) {
        const needed = client.split(' ')[0] ?? ''
        it(`by ${client} passes or fails as the answer is`, {
          skip: has(needed) ? false : `no ${needed}`,
        }, async () => {
          const cases: [path: string, options: CheckOptions, said: RegExp, status?: number][] = [
            ['/good', {}, /answers with status 200$/m, 0],
            ['/good', { text: 'is ok [*]' }, /has the text 'is ok \[\*\]'/, 0],
            ['/large', {}, /answers with status 200$/m, 0],
            ['/good', { text: 'is ok .*' }, /answers with status 200, but without the text 'is ok \.\*'/],
            ['/missing', {}, /answers with status 404, not 200/],
            ['/missing', { status: 404 }, /answers with status 404$/m, 0],
            ['/broken', {}, /answers with status 503, not 200/],
            ['/moved', {}, /answers with status 301, not 200/],
            ['/never', { timeout: 1 }, /did not answer within 1 s/],
            ['/drips', { timeout: 1 }, /did not answer within 1 s/],
          ]
          const steps = cases.map(([path, options], index) =>
            checked(path, { ...options, name: `case ${index}`, when: `case=${index}` }),
          )
          const flags = { case: { summary: '', choices: cases.map((_, index) => String(index)) } }
          await onHost({ shell: name, steps, flags }, async (host) => {
            host.haveOnly(client)
            for (const [index, [path, , said, status = 1]] of cases.entries()) {
              const answer = await host.deploy(`--branch master --case ${index}`)
              assert.equal(answer.status, status, `${path}: ${answer.output}`)
              assert.match(answer.output, said, path)
              assert.equal(outcomeOf(answer).outcome, status === 0 ? 'succeeded' : 'failed')
            }
          })
        })
      }

      it('fails where nobody listens, after its retries', () =>
        freePort().then((closed) =>
          onHost(
            {
              shell: name,
              steps: [check(`http://127.0.0.1:${closed}/`, { name: 'up', retries: 2, grace: 0 })],
            },
            async (host) => {
              const answer = await host.deploy()
              assert.deepEqual(
                eventsOf(answer, 'step').map(({ state }) => state),
                ['started', 'retrying', 'retrying', 'ended'],
              )
              assert.match(answer.output, /does not answer/)
              assert.deepEqual([outcomeOf(answer).outcome, outcomeOf(answer).step], ['failed', 'up'])
            },
          ),
        ))

      it('passes when the app comes up within its retries', async () => {
        const closed = await freePort()
        const steps = [check(`http://127.0.0.1:${closed}/good`, { name: 'up', retries: 20, grace: 1 })]
        await onHost({ shell: name, steps }, async (host) => {
          const call = host.start(
            `deploy --run ${makeRunId()} --app codebase --branch master --session ${'0'.repeat(32)}`,
          )
          await call.until('"state":"retrying"')
          const late = await listen(pages, closed)
          const answer = await call.answer
          late.server.closeAllConnections()
          late.server.close()
          assert.equal(answer.status, 0, answer.output)
          assert.match(call.soFar, /answers with status 200/)
        })
      })

      // a busybox may have wget within its shell
      const [program = '', ...words] = SHELLS[name] ?? []
      const within = spawnSync(program, [...words, '-c', 'PATH=/nowhere; command -v wget']).status === 0
      it('says that the host has neither curl nor wget', { skip: within && 'wget is in the shell' }, () =>
        onHost({ shell: name, steps: [checked('/good')] }, async (host) => {
          host.haveOnly('')
          const answer = await host.deploy()
          assert.equal(answer.status, 1)
          assert.match(answer.output, /needs curl or wget, and this host has neither/)
        }),
      )

      it('is left out in the sandbox', async () => {
        const host = new RenderedHost({ shell: name, steps: [checked('/missing')] })
        const answer = await host.deploy()
        assert.equal(answer.status, 0)
        assert.deepEqual(eventsOf(answer, 'run')[0]?.steps?.[0]?.skipped, 'sandbox')
        host.remove()
      })
    })

    describe(`that rolls back, under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      /** Live when it says it is ok. */
      const site = async (steps: (url: string) => WrittenSteps, file: string) => {
        let path = ''
        const { server: own, port: ownPort } = await listen((_, response) => {
          let text = ''
          try {
            text = readFileSync(path, 'utf8')
          } catch {
            // nothing is live yet
          }
          response.writeHead(text.includes('ok') ? 200 : 500).end(text)
        })
        const host = new CheckedHost({ shell: name, steps: steps(`http://127.0.0.1:${ownPort}/`) })
        path = host.path(file)
        const version = async (text: string) => {
          const commit = host.commit('master', { 'src/version': text })
          return { commit, answer: await host.deploy() }
        }
        const remove = () => {
          own.closeAllConnections()
          own.close()
          host.remove()
        }
        return { host, version, remove, live: () => readFileSync(path, 'utf8') }
      }
      const CHECK: CheckOptions = { name: 'up', retries: 1, grace: 0, onFailure: 'rollback' }
      const status = async (host: RenderedHost) =>
        eventsOf(await host.ask('status --app codebase'), 'status')[0]?.live
      const lastLines = (answer: Answer) =>
        answer.output.split('\n').filter((line) => line.startsWith('going back'))

      it('runs the steps of the last good run at its commit and with its flags', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            shell('echo "at $SHIPIT_COMMIT" >>"$HOME/ran"', { name: 'ran' }),
            check(url, CHECK),
          ],
          '/var/codebase/src/version',
        )
        const none = await version('bad 0')
        assert.match(none.answer.output, /there is no good run to go back to/)
        assert.deepEqual([outcomeOf(none.answer).outcome, outcomeOf(none.answer).back], ['failed', undefined])
        assert.equal(live(), 'bad 0')
        assert.equal((await status(host))?.how, 'partial')

        const first = await version('ok 1')
        assert.equal(first.answer.status, 0, first.answer.output)
        const second = await version('ok 2')
        const bad = await version('bad 3')
        const outcome = outcomeOf(bad.answer)
        const to = outcomeOf(second.answer).run
        assert.deepEqual(
          [outcome.outcome, outcome.exit, outcome.step, outcome.back],
          ['failed', 1, 'up', to],
          bad.answer.output,
        )
        assert.equal(live(), 'ok 2')
        assert.deepEqual(lastLines(bad.answer), [
          `going back to run ${to}: git ... ok`,
          `going back to run ${to}: rsync src ... ok`,
          `going back to run ${to}: ran ... ok`,
          `going back to run ${to}: up ... ok`,
        ])
        assert.match(host.read('/var/lib/shipit/apps/ran'), new RegExp(`at ${second.commit}\n$`))
        // no step event belongs to the way back
        assert.equal(eventsOf(bad.answer, 'step').at(-1)?.state, 'ended')
        assert.equal(eventsOf(bad.answer, 'step').filter(({ state }) => state === 'started').length, 4)
        const { commit, run, how } = (await status(host)) ?? {}
        assert.deepEqual({ commit, run, how }, { commit: second.commit, run: to, how: 'complete' })
        assert.ok(host.has(`/var/lib/shipit/apps/codebase/runs/${outcome.run}/bad`))
        const history = await host.ask('history --app codebase --limit 1')
        assert.equal(outcomeOf(history).back, to)
        // what is live is that run's, so that a rollback goes to the one before
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
        assert.equal(back.status, 0, back.output)
        assert.equal(live(), 'ok 1')
        remove()
      })

      it('switches back to the release that is kept, without a build', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            shell('echo build >>"$HOME/builds"', { name: 'build', phase: 'prepare' }),
            releases({ root: '/var/app', from: 'src/' }),
            check(url, CHECK),
          ],
          '/var/app/current/version',
        )
        const good = outcomeOf((await version('ok 1')).answer).run
        for (const text of ['bad 2', 'bad 3']) {
          const { answer } = await version(text)
          assert.deepEqual(
            [outcomeOf(answer).outcome, outcomeOf(answer).back],
            ['failed', good],
            answer.output,
          )
          assert.equal(live(), 'ok 1')
          assert.deepEqual(
            lastLines(answer).map((line) => line.split(': ')[1]),
            ['git ... ok', 'switch ... ok', 'up ... ok'],
          )
        }
        assert.equal(host.read('/var/lib/shipit/apps/builds'), 'build\n'.repeat(3))
        assert.equal((await version('ok 4')).answer.status, 0)
        // a rollback whose check fails goes forward again
        host.write('/var/app/releases/by-hand/version', 'bad by hand')
        host.run('sh', ['-c', `echo bad >"$0"`, host.path(`/var/app/releases/${good}/version`)])
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase`)
        assert.equal(outcomeOf(back).outcome, 'failed', back.output)
        assert.equal(live(), 'ok 4')
        remove()
      })

      it('does not go back for who cancels, and stops at a step that fails on the way', async () => {
        const { host, version, remove, live } = await site(
          (url) => [
            git(),
            rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
            shell('test -z "$SHIPIT_BACK_TO"', { name: 'breaks' }),
            check(url, { ...CHECK, retries: 50, grace: 1 }),
          ],
          '/var/codebase/src/version',
        )
        assert.equal((await version('ok 1')).answer.status, 0)
        host.commit('master', { 'src/version': 'bad 2' })
        const run = makeRunId()
        const call = host.start(
          `deploy --run ${run} --app codebase --branch master --session ${'0'.repeat(32)}`,
        )
        await call.until('"state":"retrying"')
        await host.ask(`cancel --run ${run} --app codebase`)
        assert.equal((await call.answer).status, 130)
        assert.equal(live(), 'bad 2')
        assert.doesNotMatch(call.soFar, /going back/)

        host.write(RECIPE, host.read(RECIPE).replace(" 50 1 'rollback'", " 0 0 'rollback'"))
        const { answer } = await version('bad 3')
        assert.deepEqual([outcomeOf(answer).outcome, outcomeOf(answer).back], ['failed', undefined])
        assert.deepEqual(
          lastLines(answer).map((line) => line.split(': ')[1]),
          ['git ... ok', 'rsync src ... ok', 'breaks ... failed with status 1'],
        )
        assert.equal((await status(host))?.how, 'partial')
        remove()
      })
    })
  }
})
