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
        "The app 'api' has it: pass --app api.",
        'It has: web1, web2.',
        'See how each is reached: shipit hosts --app web',
      ])
      assert.deepEqual((await trust(folder, 'web1', ...words.slice(1))).states, ['web1 not-asked'])
    })

  test('an app with a mistake is in the way of no other, and is told at the end', async () => {
    const home = join(top, 'home')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    writeFileSync(join(home, '.ssh/config'), 'Host circle\n  ProxyJump circle\n')
    const file = join(top, 'circle.config.ts')
    const address = `{ name: 'web1', address: '127.0.0.1', port: ${host.port} }`
    writeFileSync(
      file,
      `const of = (app: string, hosts: unknown[], ssh = {}) => ({
  app, account: 'deploy-' + app, repository: '/srv/git/shop.git', steps: [{ step: 'git', options: {} }],
  environments: { production: { hosts, ssh: { user: 'alice', knownHostsFile: '${top}/known_hosts', ...ssh } } },
})
export default [
  of('ring', [${address}, 'ring1'], { proxyJump: 'circle' }),
  of('web', [${address}, { ...${address}, name: 'web2' }]),
]
`,
    )
    const ask = async (...words: string[]) => {
      const run = await runShipit(['trust', '--json', '--config', file, ...words], {
        cwd: top,
        env: { HOME: home },
      })
      return run.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    }
    assert.deepEqual(
      (await ask('web2')).map((line) => `${line.host} ${line.state}`),
      ['web2 not-asked'],
    )
    const lines = await ask('web1')
    assert.deepEqual(
      lines.map((line) => `${line.host} ${line.state}`),
      ['web1 not-asked', 'web1 unreachable'],
    )
    assert.match(
      lines[1].error.message,
      /^ssh cannot read its settings for 'circle': jumphost loop via circle$/,
    )
    const [only] = await ask('ring1')
    assert.deepEqual([only.event, only.code], ['error', 'SHIPIT_CONFIG'])
    const [none] = await ask('web3')
    assert.equal(none.message, "the config has no host 'web3'")
    assert.match(none.suggestions.at(-1), /^The way to 'ring1' is not known: ssh cannot read its settings/)
  })

  test('where the way of one app leads to no host, that of the next is tried', async () => {
    const [jumpKey, wrong, right] = [makeKey(), makeKey(), makeKey()]
    const jump = await startHost({ hostKeys: [jumpKey.text], allow: [right.blob], forwards: true })
    try {
      const files = { wrong: join(top, 'id_wrong'), right: join(top, 'id_right') }
      writeFileSync(files.wrong, wrong.text, { mode: 0o600 })
      writeFileSync(files.right, right.text, { mode: 0o600 })
      writeFileSync(join(top, 'known_jump'), `[127.0.0.1]:${jump.port} ${jumpKey.line}\n`)
      const file = join(top, 'jump.config.ts')
      writeFileSync(
        file,
        `const of = (app: string, identityFile: string) => ({
  app, account: 'deploy-' + app, repository: '/srv/git/shop.git', steps: [{ step: 'git', options: {} }],
  environments: { production: {
    hosts: [{ name: 'web1', address: '127.0.0.1', port: ${host.port}, user: 'alice' }],
    ssh: { identityFile, knownHostsFile: '${top}/known_jump', proxyJump: 'alice@127.0.0.1:${jump.port}' },
  } },
})
export default [of('web', '${files.wrong}'), of('api', '${files.right}'), of('old', '${files.right}')]
`,
      )
      const { lines, states } = await trust('.', 'web1', '--config', file)
      assert.deepEqual(states, ['127.0.0.1 known', 'web1 not-asked'], JSON.stringify(lines))
      const { states: refused, exitCode } = await trust('.', 'web1', '--config', file, '--app', 'web')
      assert.deepEqual([refused, exitCode], [['127.0.0.1 known', 'web1 unreachable'], NEEDS_ALL])
    } finally {
      await jump.close()
    }
  })
})
