import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readBroken, withoutJson } from '../../../src/config/load/broken-module.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-broken-')))
after(() => rmSync(base, { recursive: true }))

let files = 0

/** What Node itself says of a module that it can't parse. */
async function told(ending: 'ts' | 'mjs', text: string) {
  files += 1
  const file = join(base, `${files}.${ending}`)
  writeFileSync(file, text)
  const { stack = '' }: Error = await import(file).then(
    () => new assert.AssertionError({ message: 'it was loaded' }),
    (error) => error,
  )
  const said =
    ending === 'ts' ? stack : spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' }).stderr
  const broken = readBroken(said.split(/\n\s+at /)[0] ?? '')
  assert.equal(broken?.file, file, said)
  return broken
}

for (const ending of ['ts', 'mjs'] as const) {
  describe(`of a broken .${ending}`, () => {
    test('it tells place and line, and no text in it', async () => {
      const { line, column, error, excerpt } = await told(
        ending,
        "export default {\n\tapp: 'hunter2' 'y',\n}\n",
      )
      assert.deepEqual([line, column], [2, 17])
      assert.match(error, /^SyntaxError.*: (?:Unexpected string|Expected ',', got 'string literal')$/)
      assert.deepEqual(excerpt, ["2 | app: '*******' '*',", '  |                ^'])
    })

    test('signs of other widths leave only the line', async () => {
      const { line, column, excerpt } = await told(ending, "export default {\n  漢字: 'x' 'y',\n}\n")
      assert.deepEqual([line, column, excerpt], [2, undefined, ["2 | 漢字: '*' '*',"]])
    })

    test('a word that may belong to a text is not quoted', async () => {
      const { error, excerpt } = await told(ending, "export default {\n  a: ['npm, 'hunter2'],\n}\n")
      assert.match(error, /^SyntaxError.*: (?:Unexpected identifier '…'|Expected ',', got 'ident')$/)
      assert.deepEqual(excerpt[0], '2 | a: ****** ***********')
    })
  })
}

test('of TypeScript that needs a compiler it tells the first line', async () => {
  const { line, column, excerpt } = await told('ts', "enum Colour {\n  red = 'hunter2',\n}\n")
  assert.deepEqual([line, column, excerpt], [1, undefined, ['1 | enum Colour {']])
})

test('an error without a place, or of a file that is gone, is none', () => {
  assert.equal(readBroken("SyntaxError: Unexpected token 'h'"), undefined)
  assert.equal(readBroken(`${base}/gone.ts:1\nx y\n  ^\n\nSyntaxError: Unexpected identifier 'y'`), undefined)
})

test('a text that is not JSON is not quoted', () => {
  for (const text of [
    '{ "password": hunter2 }',
    'hunter2',
    `{"a": "${'x'.repeat(50)}", "b": hunter2, "c": 1}`,
  ]) {
    const message = said(text)
    assert.match(message, /is not valid JSON$/)
    assert.equal(withoutJson(message), "Unexpected token 'h': it is not valid JSON")
  }
})

function said(text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
