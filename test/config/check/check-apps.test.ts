// A config file with several apps: each is checked, and each mistake is told with its app and its place.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkApps } from '../../../src/config/check/check-apps.ts'
import { ConfigError } from '../../../src/errors.ts'
import { git, rsync } from '../../../src/index.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

const WEB = { ...RIGHT, app: 'web', account: 'deploy-web', paths: ['apps/web/'] }
const API = {
  ...RIGHT,
  app: 'api',
  account: 'deploy-api',
  steps: [git(), rsync({ from: 'api/', to: '/srv/api/', delete: true })],
}

const TEXT = `const web = defineConfig({
  app: 'web',
  paths: ['apps/web/'],
  steps: [git()],
})
export default [
  web,
  defineConfig({
    app: 'api',
    paths: ['../api/'],
    account: 'deploy-api',
  }),
]
`

function mistakes(exported: unknown, text = ''): ConfigError {
  try {
    checkApps(FILE, exported, text)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was wrong' })
}

test('a config alone is a file with one app', () => {
  const [{ recipe, apps, paths }, ...others] = checkApps(FILE, WEB)
  assert.deepEqual([recipe.app, apps, paths, others], ['web', ['web'], ['apps/web/'], []])
})

test('each app of a list is checked by itself, and knows the others', () => {
  const configs = checkApps(FILE, [WEB, API])
  assert.deepEqual(
    configs.map(({ recipe, apps, paths, sources }) => [recipe.app, apps, paths, sources?.entry]),
    [
      ['web', ['web', 'api'], ['apps/web/'], '[0]'],
      ['api', ['web', 'api'], [], '[1]'],
    ],
  )
  assert.ok(configs[0].sources?.written.includes('steps[0]'))
})

describe('told with its place is', () => {
  test('a mistake in any of them, with the name of its app', () => {
    const { message, details, exitCode } = mistakes([WEB, { ...API, paths: ['../api/'] }], TEXT)
    assert.equal(exitCode, 78)
    assert.match(message, /^\/project\/deploy\.config\.ts:10:13: app 'api': paths\[0\] must be a folder/)
    assert.deepEqual([details.line, details.column], [10, 13])
  })

  test('what is wrong in several, each in its line', () => {
    const { message } = mistakes([{ ...WEB, steps: [] }, { ...API, app: 'A pi' }, 3])
    assert.deepEqual(message.split('\n'), [
      '/project/deploy.config.ts has 3 mistakes:',
      "  app 'web': steps must have at least one step",
      "  app 'A pi': app must be at most 24 lower-case letters, digits and hyphens, and begin with a letter, for example 'a-pi'",
      '  [2] must be an object',
    ])
  })

  test('an empty list', () =>
    assert.match(
      mistakes([], 'export default []\n').message,
      /^\S+:1:16: the config is an empty list: it must have at least one app$/m,
    ))

  test('a name that an earlier app has', () =>
    assert.match(
      mistakes([WEB, { ...API, app: 'web' }], TEXT).message,
      /^\S+:9:5: app 'web': app is also the name of an earlier app in the list$/m,
    ))

  test('what is wrong between apps, in the same list as what is wrong in one of them', () => {
    const bad = { ...API, app: 'web', paths: ['../api/'] }
    const { message } = mistakes([WEB, bad, { ...API, account: 'deploy-web' }])
    assert.deepEqual(
      message.split('\n').map((line) => line.slice(0, 45)),
      [
        '/project/deploy.config.ts has 3 mistakes:',
        "  app 'web': paths[0] must be a folder or a f",
        "  app 'web': app is also the name of an earli",
        "  app 'api': account is 'deploy-web', which a",
      ],
    )
  })

  test('an account that runs an earlier app on the same host', () => {
    const { message } = mistakes([WEB, { ...API, account: 'deploy-web' }], TEXT)
    assert.match(
      message,
      /^\S+:11:5: app 'api': account is 'deploy-web', which also runs 'web' on 'web1\.example\.com', so that /m,
    )
  })
})

test('one account may run two apps on different hosts, or where both say so', () => {
  const elsewhere = { production: { hosts: [{ name: 'web1', address: 'web2.example.com' }] } }
  const account = 'deploy'
  assert.ok(
    checkApps(FILE, [
      { ...WEB, account },
      { ...API, account, environments: elsewhere },
    ]),
  )
  const sharedAccount = true
  assert.ok(
    checkApps(FILE, [
      { ...WEB, account, sharedAccount },
      { ...API, account, sharedAccount },
    ]),
  )
  mistakes([
    { ...WEB, account, sharedAccount },
    { ...API, account },
  ])
})
