import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import type { ConfigError } from '../../../src/errors.ts'
import { command, shell } from '../../../src/index.ts'
import { hideSecrets } from '../../../src/safe-text/secrets.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

const SECRET = 'hunter2-of-mail-server'
const variables = ['SHIPIT_TEST_TOKEN', 'SHIPIT_TEST_HOOK'] as const

/** All that is told of the mistakes of a config with these keys, to people and to programs. */
function told(changes: object, text = ''): string {
  try {
    checkConfig(FILE, { ...RIGHT, ...changes }, text)
  } catch (error) {
    const { message, details } = error as ConfigError
    return `${message}\n${JSON.stringify(details)}`
  }
  assert.fail('it is right')
}

const withSteps = (...steps: object[]) => ({ steps: [...RIGHT.steps, ...steps] })
const isQuoted = withSteps(command(`curl ${SECRET}` as never), shell('true', { when: SECRET }))

describe('the words of a mistake', () => {
  afterEach(() => {
    hideSecrets([])
    for (const name of variables) delete process.env[name]
  })

  test('what is never shown is hidden in the words of a mistake, however it is named', () => {
    process.env.SHIPIT_TEST_TOKEN = SECRET
    process.env.SHIPIT_TEST_HOOK = `https://hooks.example.com/services/${SECRET}`
    for (const key of [
      { redact: [SECRET] },
      { redact: [/hunter\d-of-\S+-server/] },
      { redact: [{ pattern: 'HUNTER2-of-mail-server', flags: 'i' }] },
      { redactEnv: ['SHIPIT_TEST_TOKEN'] },
      { notify: { urlEnv: 'SHIPIT_TEST_HOOK' } },
      { notify: [{ command: ['curl', `https://hooks.example.com/services/${SECRET}`] }] },
    ]) {
      const all = told({ ...key, ...isQuoted })
      assert.match(all, /must be a list of words: \['curl', '\*\*\*'\]/)
      assert.match(all, /'\*\*\*' is not a flag/)
      assert.ok(!all.includes(SECRET), all)
    }
    const twins = withSteps(shell('true', { name: SECRET }), shell('true', { name: SECRET }))
    assert.match(told({ redact: [SECRET], ...twins }), /the same name as another step, '\*\*\*'/)
  })

  test('a mistaken key shows nothing of what it says', () => {
    for (const [changes, line] of [
      [{ redactEnv: [SECRET] }, `redactEnv: ['${SECRET}']`],
      [{ redacts: [SECRET] }, `redacts: ['${SECRET}']`],
      [{ Redact: SECRET }, `Redact: '${SECRET}'`],
      [
        { notfy: { url: `https://hooks.example.com/${SECRET}` } },
        `notfy: { url: 'https://hooks.example.com/${SECRET}' }`,
      ],
    ] as const) {
      const all = told(changes, `export default {\n  ${line},\n}\n`)
      assert.ok(!all.includes(SECRET), all)
      assert.doesNotMatch(all, / \| /)
      // another mistake in the same line
      const both = told({ ...changes, app: 'X Y' }, `export default { app: 'X Y', ${line} }\n`)
      assert.match(both, /1 \| export default \{ app: 'X Y'/)
      assert.ok(!both.includes(SECRET), both)
    }
  })

  test('the line of any other mistaken key is shown', () => {
    assert.match(told({ stepz: [] }, 'export default {\n  stepz: [],\n}\n'), /2 \| stepz: \[\]/)
  })
})
