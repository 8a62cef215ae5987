import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { RequestListener } from 'node:http'
import { createServer as createPlain } from 'node:net'
import { after, describe } from 'node:test'
import { makeRunId } from '../../../../src/protocol/request.ts'
import type { CheckOptions } from '../../../../src/recipe/step-options.ts'
import { check, git } from '../../../../src/recipe/steps.ts'
import { CheckedHost, has, listen } from '../../support/checked-host.ts'
import {
  eventsOf,
  type HostOptions,
  inTurn,
  ONE_SHELL,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
  withHost,
} from '../../support/rendered-host.ts'

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
  response.end(
    path === '/large' ? 'x'.repeat(5_000_000) : `the page ${path} is ok [*], for ${request.headers.host}\n`,
  )
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const plain = createPlain()
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const address = plain.address()
  await new Promise((resolve) => plain.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

const onHost = (options: HostOptions, test: (host: CheckedHost) => Promise<void>) =>
  withHost(new CheckedHost(options), test)

describe('a check', { concurrency: true }, async () => {
  const { server, port } = await listen(pages)
  const page = (path: string) => `http://127.0.0.1:${port}${path}`
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const checked = (path: string, options: CheckOptions = {}) =>
        check(page(path), { name: path.slice(1), retries: 0, grace: 0, timeout: 30, ...options })

      // all of them under one shell; under the others the one whose answer is harder to read
      const programs = name === ONE_SHELL ? ['curl', 'wget', 'busybox wget'] : ['busybox wget']
      for (const client of programs) {
        const needed = client.split(' ')[0] ?? ''
        it(`by ${client} passes or fails as the answer is`, {
          skip: has(needed) ? false : `no ${needed}`,
        }, async () => {
          const cases: [path: string, options: CheckOptions, said: RegExp, status?: number][] = [
            ['/good', {}, /answers with status 200$/m, 0],
            ['/good', { text: 'is ok [*]' }, /has the text 'is ok \[\*\]'/, 0],
            ['/large', {}, /answers with status 200$/m, 0],
            ['/good', { text: 'is ok .*' }, /answers with status 200, but without the text 'is ok \.\*'/],
            [
              '/host',
              { host: 'www.example.com', text: 'for www.example.com' },
              /as www\.example\.com answers with status 200 and has/,
              0,
            ],
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

      it('with {commit} passes only where the answer names the commit that is deployed', async () => {
        let answers = 'none yet'
        const service = await listen((_request, response) =>
          response.end(`built from ${answers}, twice: ${answers}\n`),
        )
        const steps = [
          git(),
          check(`http://127.0.0.1:${service.port}/`, {
            ...{ name: 'restarted', retries: 0, grace: 0, timeout: 30 },
            text: 'from {commit}, twice: {commit}',
          }),
        ]
        await onHost({ shell: name, steps }, async (host) => {
          answers = host.commit('master', { a: '1' })
          const first = await host.deploy()
          assert.equal(first.status, 0, first.output)
          assert.ok(first.output.includes(`has the text 'from ${answers}, twice: ${answers}'`), first.output)
          const newer = host.commit('master', { a: '2' })
          const second = await host.deploy()
          assert.equal(second.status, 1)
          assert.ok(second.output.includes(`but without the text 'from ${newer}`), second.output)
        }).finally(() => service.server.close())
      })

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
  }
})
