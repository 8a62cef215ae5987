import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { hideRedacted } from '../../../src/cli/secrets/hide-redacted.ts'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { command, git } from '../../../src/index.ts'
import { hasSecrets, hideInText, hideSecrets } from '../../../src/safe-text/secrets.ts'
import { FILE, RIGHT } from '../../config/support/complaints.ts'

describe('what a config hides', () => {
  afterEach(() => hideSecrets([]))

  test('the values of variables are hidden, and none is where they are not set', () => {
    const config = checkConfig(FILE, { ...RIGHT, redact: ['hunter2'], redactEnv: ['TOKEN', 'OTHER'] })
    assert.deepEqual(hideRedacted([config], { TOKEN: 'swordfish\n', PATH: '/usr/bin' }), [])
    assert.equal(hideInText('hunter2 swordfish /usr/bin'), '*** *** /usr/bin')
    hideRedacted([{ ...config, redaction: { patterns: [], env: ['TOKEN'] } }], {})
    assert.equal(hasSecrets(), false)
  })

  test('what is left of a secret in the name of a step', () => {
    const words = ['curl', '--header', 'authorization: Bearer swordfish-of-1000-seas']
    const config = checkConfig(FILE, { ...RIGHT, steps: [git(), command(words)], redactEnv: ['TOKEN'] })
    const name = 'curl --header authorization: Bearer swor'
    assert.equal(config.recipe.steps[1]?.name, name)
    hideRedacted([config], { TOKEN: 'swordfish-of-1000-seas' })
    assert.equal(hideInText(`${name} done`), 'curl --header authorization: Bearer *** done')
    assert.equal(hideInText('a sword'), 'a sword')
  })

  test('what one of several apps names is hidden for all', () => {
    const apps = ['a', 'b'].map((app) => checkConfig(FILE, { ...RIGHT, app, redact: [`${app}-secret`] }))
    hideRedacted(apps, {})
    assert.equal(hideInText('a-secret b-secret'), '*** ***')
  })

  test('a value that is too short, or has only short lines, is named without it', () => {
    const config = checkConfig(FILE, { ...RIGHT, redactEnv: ['TOKEN'] })
    for (const TOKEN of ['xyz', 'seven77\nseven77'])
      assert.deepEqual(hideRedacted([config], { TOKEN }), [
        'TOKEN is not hidden: it is too short to be told from other text',
      ])
  })

  test('a URL in the words of a program to notify is hidden, and its other words are not', () => {
    const command = ['curl', '--url=https://hooks.example.com/services/T1/abcdefghijklmnop']
    hideRedacted([checkConfig(FILE, { ...RIGHT, notify: { command } })], {})
    assert.equal(hideInText(command.join(' ')), 'curl --url=***')
  })
})
