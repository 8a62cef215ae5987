// `shipit trust` in a repository with several apps, with a real host on loopback. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runShipit } from '../run-node.ts'
import { makeKey, startHost } from '../ssh/support/loopback-host.ts'

const NEEDS_ALL = 69
const WRONG_WORDS = 2

describe('trust, with several apps', () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-trust-')))
  const key = makeKey()
  let host: Awaited<ReturnType<typeof startHost>>

  before(async () => {
    host = await startHost({ hostKeys: [key.text] })
    for (const folder of ['.git', 'apps/web', 'apps/api']) mkdirSync(join(top, folder), { recursive: true })
    const address = `address: '127.0.0.1', port: ${host.port}`
    writeFileSync(
      join(top, 'deploy.config.ts'),
      `import { defineConfig, git } from '@deploybot/shipit'
const of = (app: string, user: string, own: string, ssh = {}) => defineConfig({
  app, account: \`deploy-\${app}\`, repository: '/srv/git/shop.git', paths: [\`apps/\${app}\`], steps: [git()],
  environments: { production: {
    hosts: [{ name: 'web1', ${address}, user }, { name: own, ${address}, user }],
    ssh: { knownHostsFile: '${top}/known_hosts', ...ssh },
  } },
})
export default [
  of('web', 'alice', 'web2'), of('api', 'bob', 'api1'),
  of('old', 'carol', 'old1', { hostKeys: ['${key.line}'] }),
]
`,
    )
  })
  after(() => {
    host.close()
    rmSync(top, { recursive: true })
  })

  const trust = async (folder: string, ...words: string[]) => {
    const run = await runShipit(['trust', '--json', ...words], { cwd: join(top, folder) })
    const lines = run.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    return { ...run, lines, states: lines.map(({ host, state }) => `${host} ${state}`) }
  }

  test('at the top it finds the hosts of all, and asks once where the same is known of them', async () => {
    const all = await trust('.', 'web1', 'api1')
    // as another person, by the same key; another app pins it
    assert.deepEqual(all.states, ['web1 not-asked', 'web1 known', 'api1 not-asked'], all.stderr)
    assert.equal(all.exitCode, NEEDS_ALL)
    assert.deepEqual((await trust('.', 'old1')).states, ['old1 known'])
  })

  test('a name that no app has is told with the hosts of all', async () => {
    const { exitCode, lines } = await trust('.', 'api2')
    assert.equal(exitCode, WRONG_WORDS)
    assert.equal(lines[0].message, "the config has no host 'api2'")
    assert.deepEqual(lines[0].suggestions, ["Did you mean 'api1'?", 'It has: web1, web2, api1, old1.'])
  })

  for (const [title, folder, words] of [
    ['in the folder of an app', 'apps/web', ['api1']],
    ['with --app', 'apps/api', ['api1', '--app', 'web']],
  ] as const)
    test(`${title} it is about the hosts of that app`, async () => {
      const { exitCode, lines } = await trust(folder, ...words)
      assert.equal(exitCode, WRONG_WORDS)
      assert.equal(lines[0].message, "the app 'web' of the config has no host 'api1'")
      assert.deepEqual(lines[0].suggestions, [
        'It has: web1, web2.',
        'See how each is reached: shipit hosts --app web',
      ])
      assert.deepEqual((await trust(folder, 'web1', ...words.slice(1))).states, ['web1 not-asked'])
    })
})
