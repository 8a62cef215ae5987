import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { hideRedacted } from '../../../src/cli/secrets/hide-redacted.ts'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { hasSecrets, hideInText, hideSecrets } from '../../../src/safe-text/secrets.ts'
import { FILE, RIGHT } from '../../config/support/complaints.ts'

afterEach(() => hideSecrets([]))

test('the values of variables are hidden, and none is where they are not set', () => {
  const config = checkConfig(FILE, { ...RIGHT, redact: ['hunter2'], redactEnv: ['TOKEN', 'OTHER'] })
  assert.deepEqual(hideRedacted([config], { TOKEN: 'swordfish\n', PATH: '/usr/bin' }), [])
  assert.equal(hideInText('hunter2 swordfish /usr/bin'), '*** *** /usr/bin')
  hideRedacted([{ redaction: { patterns: [], env: ['TOKEN'] }, notify: [] }], {})
  assert.equal(hasSecrets(), false)
})

test('what one of several apps names is hidden for all', () => {
  const apps = ['a', 'b'].map((app) => checkConfig(FILE, { ...RIGHT, app, redact: [`${app}-secret`] }))
  hideRedacted(apps, {})
  assert.equal(hideInText('a-secret b-secret'), '*** ***')
})

test('a value that is too short is told, without the value', () => {
  const config = checkConfig(FILE, { ...RIGHT, redactEnv: ['TOKEN'] })
  assert.deepEqual(hideRedacted([config], { TOKEN: 'xyz' }), [
    'the value of TOKEN is not hidden: it has less than 4 characters, and would hide other words as well',
  ])
})
