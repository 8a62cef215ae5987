// The checks of what is live, asked once more by a status.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { check, git, shell } from '../../../src/recipe/steps.ts'
import { CheckedHost, listen } from '../support/checked-host.ts'
import { eventsOf, inTurn, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

describe('a status that checks', { concurrency: true }, async () => {
  /** what the pages say, by the first part of their path */
  const says = new Map<string, string>()
  const pages: RequestListener = (request, response) => {
    const text = says.get(request.url?.split('/')[1] ?? '')
    response.writeHead(text === undefined ? 503 : 200)
    response.end(text ?? '')
  }
  const { server, port } = await listen(pages)
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      // a path has no blank
      const key = name.replaceAll(' ', '')
      const page = (path: string, options: object = {}) =>
        check(`http://127.0.0.1:${port}/${key}/${path}`, { retries: 0, grace: 0, ...options })
      const steps = [
        git(),
        shell('true', { name: 'publish' }),
        page('', { name: 'commit', text: 'at {commit}' }),
        page('docs', { name: 'docs', when: 'docs' }),
      ]
      const looksOf = (answer: Parameters<typeof eventsOf>[0]) =>
        eventsOf(answer, 'look').map((look) => `${look.name} ${look.state}`)
      const status = (host: CheckedHost) => host.ask('status --app codebase --check')

      it('asks them for the commit that is live, says what is wrong, and leaves nothing', () =>
        withHost(
          new CheckedHost({ shell: name, steps, flags: { docs: { summary: 'the docs' } } }),
          async (host) => {
            const commit = host.commit('master', { version: '1' })
            assert.deepEqual(looksOf(await status(host)), [], 'nothing is live')
            says.set(key, `at ${commit}`)
            const deployed = await host.deploy()
            assert.equal(deployed.status, 0, deployed.output)
            const history = host.read('/var/lib/shipit/apps/codebase/history')

            const good = await status(host)
            assert.deepEqual(
              good.events.map(({ event }) => event),
              ['hello', 'status', 'run', 'outcome', 'look', 'end'],
            )
            assert.deepEqual(looksOf(good), ['commit passed'])
            assert.match(good.output, new RegExp(`has the text 'at ${commit}'`))

            // a service that was started from another commit
            says.set(key, `at ${'0'.repeat(40)}`)
            const other = await status(host)
            assert.deepEqual([other.status, looksOf(other)], [0, ['commit failed']])
            assert.match(other.output, new RegExp(`without the text 'at ${commit}'`))
            says.delete(key)
            assert.match((await status(host)).output, /answers with status 503, not 200/)

            assert.ok(!existsSync(join(host.state, 'plan')), 'the scratch folder is gone')
            assert.equal(host.read('/var/lib/shipit/apps/codebase/history'), history)
            assert.deepEqual(
              looksOf(await host.ask('status --app codebase')),
              [],
              'without the word it asks none',
            )
          },
        ))

      it('asks those that the flags of the live run want', () =>
        withHost(
          new CheckedHost({ shell: name, steps, flags: { docs: { summary: 'the docs' } } }),
          async (host) => {
            const commit = host.commit('master', { version: '1' })
            says.set(key, `at ${commit}`)
            const deployed = await host.deploy('--branch master --docs')
            assert.equal(deployed.status, 0, deployed.output)
            assert.deepEqual(looksOf(await status(host)), ['commit passed', 'docs passed'])
          },
        ))
    })
  }
})
