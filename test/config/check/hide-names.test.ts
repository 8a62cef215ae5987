import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { hideWithNames } from '../../../src/config/check/hide-names.ts'
import { command, git } from '../../../src/index.ts'
import type { Pattern } from '../../../src/redact/pattern.ts'
import { hideInText, hideSecrets } from '../../../src/safe-text/secrets.ts'
import { complaintsOf, FILE, RIGHT } from '../support/complaints.ts'

describe('of a secret in the words of a step', () => {
  afterEach(() => hideSecrets([]))

  for (const [title, words, secret, shown] of [
    [
      'the part is hidden that its name has',
      ['curl', '--header', `x-token: ${'s3cret+'.repeat(4)}`],
      's3cret+'.repeat(4),
      'curl --header x-token: ***',
    ],
    ['all is, with other letters', ['echo', 'pass=hunter2$x', 'y'], 'hunter2$x', 'echo pass-*** y'],
    [
      'two are',
      ['echo', 'hunter2$', 'and', 'sword$fish'],
      { pattern: '[a-z0-9]+\\$[a-z]*', flags: '' },
      'echo *** and ***',
    ],
    ['all is that nothing is cut of', ['echo', 'hunter2'], 'hunter2', 'echo ***'],
  ] as const satisfies (readonly [string, readonly string[], Pattern, string])[])
    test(title, () => {
      const { recipe } = checkConfig(FILE, { ...RIGHT, steps: [git(), command([...words])] })
      hideWithNames([secret], recipe.steps)
      const name = recipe.steps[1]?.name ?? ''
      assert.equal(hideInText(`ok ${name}: done`), `ok ${shown}: done`)
    })

  test('the part alone is shown elsewhere', () => {
    const { recipe } = checkConfig(FILE, { ...RIGHT, steps: [git(), command(['echo', 'pass=sword$fish'])] })
    hideWithNames(['sword$fish'], recipe.steps)
    assert.equal(hideInText('echo pass-sword-fish'), 'echo pass-***')
    assert.equal(hideInText('a sword-fish'), 'a sword-fish')
  })

  test('a mistake that names the step shows nothing of it either', () => {
    const step = command(['curl', '--header', 'authorization: Bearer swordfish-of-1000-seas'])
    assert.deepEqual(complaintsOf({ steps: [git(), step, step], redact: ['swordfish-of-1000-seas'] }), [
      "steps[2] has the same name as another step, 'curl --header authorization: Bearer ***': give it a different name",
    ])
  })
})
