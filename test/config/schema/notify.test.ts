import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { NOTIFIED } from '../../../src/results/notified.ts'
import { hideInText, hideSecrets } from '../../../src/safe-text/secrets.ts'
import { complaintsOf, FILE, RIGHT } from '../support/complaints.ts'

const HOOK = 'https://hooks.example.com/services/T1/B2/abcdefghijklmnop'

describe('notify', () => {
  afterEach(() => hideSecrets([]))

  test('who is told is a webhook, one of a variable, or a program; one or several', () => {
    assert.deepEqual(checkConfig(FILE, RIGHT).notify, [])
    assert.deepEqual(checkConfig(FILE, { ...RIGHT, notify: { url: HOOK } }).notify, [
      { on: [...NOTIFIED], sandbox: false, to: { url: HOOK } },
    ])
    const notify = [
      { urlEnv: 'HOOK', on: ['failed'] },
      { command: ['./tell', 'x'], sandbox: true },
    ]
    assert.deepEqual(checkConfig(FILE, { ...RIGHT, notify }).notify, [
      { on: ['failed'], sandbox: false, to: { urlEnv: 'HOOK' } },
      { on: [...NOTIFIED], sandbox: true, to: { command: ['./tell', 'x'] } },
    ])
  })

  test('a mistake in it is told', () => {
    const ONE = 'must have one of url, urlEnv and command'
    for (const [notify, line] of [
      [{}, `notify ${ONE}`],
      [[{ url: HOOK, command: ['x'] }], `notify[0] ${ONE}`],
      [HOOK, 'notify must be an object'],
      [{ url: 'http://hooks.example.com/x' }, 'notify.url must be the URL of a webhook: https://…'],
      [
        { url: 'https://bob:secret@hooks.example.com/x' },
        'notify.url must be the URL of a webhook: https://…',
      ],
      [{ url: 'https://hooks.example.com:x/y' }, 'notify.url must be the URL of a webhook: https://…'],
      [{ command: [] }, 'notify.command must name a program'],
      [{ command: './tell' }, 'notify.command must be a list: a program and its words'],
      [{ urlEnv: 'A B' }, 'notify.urlEnv must be the name of an environment variable'],
      [
        { url: HOOK, on: ['failure'] },
        'notify.on[0] must be one of deployed, failed, cancelled, superseded, rolled-back, unknown',
      ],
    ] as const)
      assert.deepEqual(
        complaintsOf({ notify }).map((each) => each.replace(/\. Did you mean.*/, '')),
        [line],
      )
  })

  test('the line of a mistake does not show the URL, nor a part of it', () => {
    const text = `export default { notify: { url: '${HOOK}' }, appp: 'codebase' }\n`
    assert.throws(
      () => checkConfig(FILE, { ...RIGHT, notify: { url: HOOK }, appp: 'x' }, text),
      ({ message }: Error) =>
        message.includes(`${'*'.repeat(20)}' }, appp: `) && !message.includes('abcdefghijklmnop'),
    )
    assert.equal(hideInText('POST /services/T1/B2/abcdefghijklmnop, abcdefghijklmnop'), 'POST ***, ***')
  })
})
