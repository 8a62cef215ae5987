import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostRecipe } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { differs, formatRecipeDiff, formatRecipeDiffJson } from '../../../src/ui/views/recipe-diff.ts'
import { fault } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const heading = (version: string) =>
  `# The recipe of the app 'codebase', compiled from deploy.config.ts by shipit ${version}.\n`
const local = { app: 'codebase', text: `${heading('0.2.0')}one\ntwo\n`, digest: 'b'.repeat(64) }
const same: HostRecipe = { host: 'web1', text: local.text, digest: local.digest, version: '0.2.0' }
const other: HostRecipe = {
  host: 'web2',
  text: `${heading('0.1.0')}one\n2\n`,
  digest: 'a'.repeat(64),
  version: '0.1.0',
}

describe('the difference of recipes', () => {
  test('is said to be none where there is none', () => {
    assert.deepEqual(formatRecipeDiff(local, [same, { ...same, host: 'web2' }], style), [
      'web[1-2]: ✔ the recipe is the same as here',
    ])
    assert.equal(differs(same, local), false)
  })

  test('is not the version in the heading', () => {
    assert.equal(differs({ ...same, text: local.text.replace('0.2.0', '0.1.0') }, local), false)
  })

  test('is shown by lines as the file counts them', () => {
    assert.deepEqual(formatRecipeDiff(local, [other], style), [
      'web2: a different recipe: deploys from here are refused',
      '--- on web2 (digest aaaaaaaaaaaa)',
      '+++ here (digest bbbbbbbbbbbb)',
      '@@ -2,2 +2,2 @@',
      ' one',
      '-2',
      '+two',
    ])
    assert.equal(differs(other, local), true)
  })

  test('is no drift where only the rendering differs', () => {
    const [first] = formatRecipeDiff(local, [{ ...other, digest: local.digest }], style)
    assert.equal(
      first,
      'web2: the same recipe, rendered differently (shipit 0.1.0 there): deploys still work',
    )
  })

  test('has nothing that a terminal obeys', () => {
    const evil = { ...other, text: `${heading('0.1.0')}one\n\u001b]0;x\u0007two\u001b[2J\n` }
    assert.doesNotMatch(formatRecipeDiff(local, [evil], style).join('\n'), /[\u0000-\u0008\u001b]/)
  })

  test('is coloured in a terminal', () => {
    const coloured = { ...style, paint: (colour: string, text: string) => `<${colour}>${text}` }
    const lines = formatRecipeDiff(local, [other], coloured)
    assert.deepEqual(lines.slice(-2), ['<red>-2', '<green>+two'])
  })

  test('names hosts that did not answer', () => {
    const error = fault('no answer', { code: 'X', exitCode: 69 })
    assert.deepEqual(formatRecipeDiff(local, [{ host: 'web3', error }], style), [
      'web3',
      '  ✖ no answer',
      "  → See 'shipit status'.",
    ])
  })

  test('is a line of JSON for each host, for programs', () => {
    const [one, two] = formatRecipeDiffJson(local, [same, other]).map((line) => JSON.parse(line))
    assert.deepEqual(
      [one.event, one.host, one.equal, one.drift, one.hunks],
      ['recipe-diff', 'web1', true, false, []],
    )
    assert.deepEqual(
      [two.equal, two.drift, two.hunks],
      [false, true, [{ from: 2, to: 2, lines: [' one', '-2', '+two'] }]],
    )
  })
})
