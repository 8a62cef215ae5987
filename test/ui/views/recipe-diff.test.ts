import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostRecipe } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import {
  differs,
  formatRawDiff,
  formatRecipeDiff,
  formatRecipeDiffJson,
} from '../../../src/ui/views/recipe-diff.ts'
import { fault } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const heading = (version: string) =>
  `# The recipe of the app 'codebase', compiled from deploy.config.ts by shipit ${version}.\n`
const RIGHT = 'sudo|deploybot as root: /usr/sbin/apachectl restart|exactly these words|\n'
const NEW = 'sudo|deploybot as root: /bin/x|exactly these words|runs what deploys write\n'
const local = {
  text: `${heading('0.2.0')}one\ntwo\n`,
  digest: 'b'.repeat(64),
  words: ["account 'a'", "step 'git': git()", "step 'two': two()"],
  rights: RIGHT + NEW,
  more: 'shipit install --diff --raw',
}
const same: HostRecipe = {
  host: 'web1',
  text: local.text,
  rights: local.rights,
  digest: local.digest,
  version: '0.2.0',
}
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

  test('is shown in the words of the config, with what root gives and what is dangerous about it', () => {
    const words = ["account 'a'", "step '2': two()", "step 'git': git()"]
    assert.deepEqual(formatRecipeDiff(local, [{ ...other, words, rights: RIGHT }], style), [
      'web2: a different recipe: deploys from here are refused',
      "  - step '2': two()",
      "  + step 'two': two()",
      '  what root gives:',
      '  + deploybot as root: /bin/x',
      '        exactly these words',
      '      ! runs what deploys write',
      '  → To see the compiled recipes: `shipit install --diff --raw`',
    ])
  })

  test('is one where only the rights differ, as with keys of people', () => {
    const others = { ...same, words: local.words, rights: RIGHT }
    assert.equal(differs(others, local), true)
    assert.deepEqual(formatRecipeDiff(local, [others], style).slice(0, 3), [
      'web1: the same recipe, and other rights: deploys still work',
      '  what root gives:',
      '  + deploybot as root: /bin/x',
    ])
    // a sandbox has no list of rights
    assert.equal(differs({ ...same, rights: '' }, local), false)
  })

  test('is shown raw by lines as the file counts them', () => {
    assert.deepEqual(formatRawDiff(local, [other], style), [
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
    const evil = {
      ...other,
      words: ['a\u001b]0;x\u0007'],
      rights: 'a|\u001b[2J|b|\u001b[2J\n',
      text: `${heading('0.1.0')}one\n\u001b]0;x\u0007two\u001b[2J\n`,
    }
    for (const format of [formatRecipeDiff, formatRawDiff])
      assert.doesNotMatch(format(local, [evil], style).join('\n'), /[\u0000-\u0008\u001b]/)
  })

  test('is coloured in a terminal', () => {
    const coloured = { ...style, paint: (colour: string, text: string) => `<${colour}>${text}` }
    const lines = formatRawDiff(local, [other], coloured)
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
