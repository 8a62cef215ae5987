import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { command, git, shell } from '../../../src/index.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

function warningsOf(env: Record<string, string>): readonly string[] {
  const steps = [
    git(),
    command(['npm', 'ci'], { as: 'build', env }),
    shell('true', { as: 'build', name: 'second' }),
  ]
  return checkConfig(FILE, { ...RIGHT, steps }).warnings
}

test('a variable that looks like a secret gets a warning with step, name and what to do', () => {
  assert.deepEqual(warningsOf({ TZ: 'UTC', API_TOKEN: 'x' }), [
    "step 'npm ci' has API_TOKEN in env, which every account of the host may read in /etc/shipit/apps/codebase/recipe: " +
      'keep a secret in a file of the host that only its program may read',
  ])
})

for (const name of [
  ...['TOKEN', 'SECRET', 'PASSWORD', 'KEY', 'API_KEY', 'GITHUB_TOKEN', 'DB_PASSWD', 'dbPassword', 'APIKEY'],
  ...['AWS_SECRET_ACCESS_KEY', 'npm_config__authToken', 'SSH_PASSPHRASE', 'KEY_ID', 'CREDENTIALS', 'api_key'],
])
  test(`${name} looks like a secret`, () => assert.equal(warningsOf({ [name]: 'x' }).length, 1))

for (const name of [
  'TZ',
  'KEYBOARD',
  'MONKEY',
  'NODE_ENV',
  'PASSWORD_FILE',
  'TOKEN_PATH',
  'PUBLIC_KEY',
  'PASS',
])
  test(`${name} does not`, () => assert.deepEqual(warningsOf({ [name]: 'x' }), []))
