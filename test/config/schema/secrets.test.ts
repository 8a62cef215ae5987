import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { hideSecrets } from '../../../src/safe-text/secrets.ts'
import { complaintsOf, FILE, RIGHT } from '../support/complaints.ts'

describe('redact and redactEnv', () => {
  afterEach(() => hideSecrets([]))

  test('what is never shown is a text, a pattern, or a pattern as data', () => {
    const { redaction } = checkConfig(FILE, {
      ...RIGHT,
      redact: ['hunter2', /token=(\S+)/gi, { pattern: 'a+b' }],
      redactEnv: ['DEPLOY_TOKEN'],
    })
    assert.deepEqual(redaction, {
      patterns: ['hunter2', { pattern: 'token=(\\S+)', flags: 'gi' }, { pattern: 'a+b', flags: '' }],
      env: ['DEPLOY_TOKEN'],
    })
    assert.deepEqual(checkConfig(FILE, RIGHT).redaction, { patterns: [], env: [] })
  })

  test('a mistake in it is told without what it says', () => {
    const short = 'redact[0] must have at least 4 characters: less would hide other words as well'
    for (const [changes, line] of [
      [{ redact: ['abc'] }, short],
      [{ redact: [7] }, 'redact[0] must be a text or a regular expression'],
      [{ redact: 'hunter2' }, 'redact must be a list of texts and regular expressions'],
      [
        { redact: [/(?<=token=)\S+/] },
        "redact[0] looks ahead or behind: put in brackets what is to be hidden, as in 'token=(.+)'",
      ],
      [{ redact: [{ pattern: 'a*' }] }, 'redact[0] also matches an empty text'],
      [{ redact: [/token/y] }, 'redact[0] may have the flags i, m, s and u'],
      [{ redact: [{ pattern: 'x{9999}' }] }, 'redact[0] is too large: it repeats too much'],
      [{ redactEnv: ['A B'] }, 'redactEnv[0] must be the name of an environment variable'],
    ] as const)
      assert.deepEqual(complaintsOf(changes), [line])
  })

  test('the line of another mistake shows nothing of it', () => {
    const text = `export default { redact: ['hunter2-secret'], appp: 'codebase' }\n`
    const exported = { ...RIGHT, redact: ['hunter2-secret'], appp: 'codebase' }
    assert.throws(
      () => checkConfig(FILE, exported, text),
      ({ message }: Error) =>
        message.includes("redact: ['**************'], appp: 'codebase' }") && !message.includes('hunter2'),
    )
    const wrong = { ...RIGHT, redact: ['hunter2-secret', 'abc'] }
    assert.throws(
      () => checkConfig(FILE, wrong, `export default { redact: ['hunter2-secret', 'abc'] }\n`),
      ({ message }: Error) => !message.includes('hunter2') && !message.includes('|'),
    )
  })
})
