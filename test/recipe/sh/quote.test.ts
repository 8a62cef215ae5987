import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { quote, quotePattern } from '../../../src/recipe/sh/quote.ts'
import { SHELLS, whyNotShell } from '../../remote/support/rendered-host.ts'
import { Folder, runShell } from '../support/run-shell.ts'

/** Any text that a file can hold and a word of sh can be: everything but NUL and lone surrogates. */
const anyText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'\'"\\$`*?[]!#~&|;<>(){} \t\n=-'),
      fc.constantFrom('$(id)', '`id`', '\\c', '%s', 'é', '日'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  })
  .map((text) => text.replaceAll('\0', ''))

test('a plain word is quoted as well', () => {
  assert.equal(quote('a b'), "'a b'")
  assert.equal(quote(''), "''")
  assert.equal(quote("it's"), "'it'\\''s'")
})

test('a star stays one, all else of a pattern is literal', () => {
  assert.equal(quotePattern('release/*'), "'release/'*")
  assert.equal(quotePattern('*'), '*')
  assert.equal(quotePattern('a*b*'), "'a'*'b'*")
  assert.equal(quotePattern('[a]?'), "'[a]?'")
})

describe('under a real shell', { concurrency: true }, () => {
  const texts = [...fc.sample(anyText, 300), '', "'", "''", "'\\''", '\\', '-n', '-e', '*', '~', '!!']
  const globs = fc
    .sample(
      fc.tuple(
        fc.array(fc.constantFrom('a', 'b', '/', '*', '.', '[ab]', '?', '\\'), { maxLength: 5 }),
        fc.array(fc.constantFrom('a', 'b', '/', '.', '[ab]', '?', '\\'), { maxLength: 5 }),
      ),
      300,
    )
    .map(([glob, text]) => ({ glob: glob.join(''), text: text.join('') }))
  const expected = globs.map(({ glob, text }) => {
    const literals = glob.split('*').map((literal) => literal.replace(/[^A-Za-z/]/g, '\\$&'))
    return new RegExp(`^${literals.join('[^]*')}$`).test(text)
  })

  for (const shell of Object.keys(SHELLS)) {
    test(`any text comes through as it is: ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const script = folder.write('script', `printf '%s\\000' ${texts.map(quote).join(' ')}\n`)
      const run = await runShell(shell, [script])
      assert.deepEqual(run.stdout.toString().split('\0').slice(0, -1), texts)
    })

    test(`a glob matches what it says: ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      const cases = globs.map(
        ({ glob, text }) =>
          `case ${quote(text)} in\n${quotePattern(glob) || "''"}) printf 1 ;;\n*) printf 0 ;;\nesac\n`,
      )
      const run = await runShell(shell, [folder.write('script', cases.join(''))])
      const matched = [...run.stdout.toString()].map((digit) => digit === '1')
      assert.deepEqual(
        globs.filter((_, index) => matched[index] !== expected[index]),
        [],
      )
      assert.equal(matched.length, globs.length)
      assert.ok(expected.includes(true) && expected.includes(false))
    })
  }
})
