import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { chooseApp } from '../../../src/cli/checkout/choose-app.ts'
import { checkApps } from '../../../src/config/check/check-apps.ts'
import { UsageError } from '../../../src/errors.ts'
import { git } from '../../../src/index.ts'
import { RIGHT } from '../../config/support/complaints.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-apps-')))
after(() => rmSync(top, { recursive: true }))
for (const folder of [
  '.git',
  'deploy',
  'apps/web/src',
  'apps/web-old',
  'apps/api',
  'apps/admin',
  'packages/ui',
])
  mkdirSync(join(top, folder), { recursive: true })

const app = (name: string, paths?: readonly string[]) => ({
  ...RIGHT,
  app: name,
  account: `deploy-${name}`,
  steps: [git()],
  ...(paths ? { paths } : {}),
})
const LIST = [
  app('web', ['apps/web/', 'packages/ui']),
  app('api', ['apps/api', 'packages/ui']),
  app('rest', ['apps/']),
  app('none'),
]
// not at the top: paths begin there all the same
const FILE = join(top, 'deploy/deploy.config.ts')

const DEPLOY = ['deploy', 'production', '--branch', "it's"]

function choose(folder: string, named?: string, exported: unknown = LIST, argv = DEPLOY): string {
  return chooseApp(checkApps(FILE, exported), { named, folder: join(top, folder), argv }).recipe.app
}

function complaint(act: () => unknown): { message: string; suggestions: readonly string[] } {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return { message: error.message, suggestions: error.suggestions }
  }
  throw new assert.AssertionError({ message: 'it was chosen' })
}

describe('an app is', () => {
  test('the one that is named, wherever the person stands', () =>
    assert.equal(choose('apps/api', 'web'), 'web'))
  test('the only one', () => {
    assert.equal(choose('.', undefined, app('shop', ['apps/web/'])), 'shop')
    assert.equal(choose('.', undefined, [app('shop')]), 'shop')
    assert.equal(choose('.', 'shop', app('shop')), 'shop')
  })
  for (const [folder, name] of [
    ['apps/web', 'web'],
    ['apps/web/src', 'web'],
    ['apps/api', 'api'],
    // not below `apps/web/`, but below `apps/`
    ['apps/web-old', 'rest'],
    ['apps/admin', 'rest'],
  ] as const)
    test(`${name} in ${folder}`, () => assert.equal(choose(folder), name))
})

test('where nothing says which one, all are named, and the command line that says it', () => {
  assert.deepEqual(
    complaint(() => choose('.')),
    {
      message: 'the config has several apps: web, api, rest, none',
      suggestions: ["Name one of them: shipit deploy production --branch 'it'\\''s' --app web"],
    },
  )
  assert.equal(complaint(() => choose('..')).message, 'the config has several apps: web, api, rest, none')
  assert.deepEqual(
    complaint(() => choose('packages/ui')).message,
    'this folder belongs to several apps: web, api',
  )
})

test('what comes after -- stays there', () => {
  const argv = ['trust', '--', 'web1.example.com']
  assert.deepEqual(complaint(() => choose('.', undefined, LIST, argv)).suggestions, [
    'Name one of them: shipit trust --app web -- web1.example.com',
  ])
})

test('a name that the config does not have is told with those that it has', () => {
  const suggestions = ["Did you mean 'web'?", 'It has: web, api, rest, none.']
  assert.deepEqual(
    complaint(() => choose('apps/web', 'wep')),
    { message: "the config has no app 'wep'", suggestions },
  )
  const only = { message: "the config has no app 'web'", suggestions: ['It has: shop.'] }
  assert.deepEqual(
    complaint(() => choose('.', 'web', app('shop'))),
    only,
  )
})
