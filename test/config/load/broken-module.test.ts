import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readBroken, withoutText } from '../../../src/config/load/broken-module.ts'

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
      assert.deepEqual([line, column, excerpt], [2, undefined, ["2 | **: '*' '*',"]])
    })

    test('a word that may belong to a text is not quoted', async () => {
      const { error, excerpt } = await told(ending, "export default {\n  a: ['npm, 'hunter2'],\n}\n")
      assert.match(error, /^SyntaxError.*: (?:Unexpected identifier '…'|Expected ',', got 'ident')$/)
      assert.deepEqual(excerpt[0], "2 | *: ['***, '*******'],")
    })
  })
}

test('of TypeScript that needs a compiler it tells the first line', async () => {
  const { line, column, excerpt } = await told('ts', "enum Colour {\n  red = 'hunter2',\n}\n")
  assert.deepEqual([line, column, excerpt], [1, undefined, ['1 | enum ****** {']])
})

test('a pattern is not quoted', async () => {
  for (const pattern of ['/hunter2(/', '/a\\/: hunter2(/gi']) {
    const { error, excerpt } = await told('mjs', `export default {\n  redact: [${pattern}],\n}\n`)
    assert.equal(error, 'SyntaxError: Invalid regular expression: /…/: Unterminated group')
    assert.doesNotMatch(excerpt.join(), /hunter2/)
  }
})

test('what a parser got instead is not quoted', () => {
  const file = join(base, 'got.ts')
  writeFileSync(file, "a: 'x' 'hunter2'\n")
  const got = (what: string) =>
    readBroken(`${file}:1\na\n^\n\nSyntaxError: Expected ',', got '${what}'`)?.error
  assert.equal(got("string literal (hunter2, 'hunter2')"), "SyntaxError: Expected ',', got 'string literal'")
  assert.equal(got('export'), "SyntaxError: Expected ',', got 'export'")
})

test('a module and the name that it does not export are told, but no URL', async () => {
  writeFileSync(join(base, 'hosts.mjs'), 'export const web1 = 1\n')
  const missing = await import(writeModule("import { nope } from './hosts.mjs'\n")).catch((error) => error)
  const place = missing.stack.split(/\n\s+at /)[0]
  assert.match(
    `${readBroken(place)?.error}`,
    /^SyntaxError: The requested module '.\/hosts.mjs' does not provide an export named 'nope'$/,
  )
  const url = 'data:text/javascript,export default 1//hunter2'
  const other = await import(writeModule(`import { nope } from '${url}'\n`)).catch((error) => error)
  const { error = '' } = readBroken(other.stack.split(/\n\s+at /)[0]) ?? {}
  assert.equal(error, "SyntaxError: The requested module '…' does not provide an export named '…'")
})

function writeModule(text: string): string {
  files += 1
  const file = join(base, `${files}.mjs`)
  writeFileSync(file, text)
  return file
}

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
    assert.equal(withoutText(message), 'the text is not valid JSON')
    assert.equal(withoutText(`SyntaxError: ${message}`), 'SyntaxError: the text is not valid JSON')
  }
})

test('a syntax error without a line quotes nothing but the language and modules', () => {
  for (const [head, shown] of [
    ["SyntaxError: Unexpected identifier 'hunter2'", "SyntaxError: Unexpected identifier '…'"],
    ["SyntaxError: Unexpected token 'export'", "SyntaxError: Unexpected token 'export'"],
    [
      'SyntaxError: Invalid regular expression: /hunter2(/: Unterminated group',
      'SyntaxError: Invalid regular expression: /…/: Unterminated group',
    ],
    [
      "SyntaxError: The requested module './a.ts' does not provide an export named 'b'",
      "SyntaxError: The requested module './a.ts' does not provide an export named 'b'",
    ],
    ["Error: no host 'web1'", "Error: no host 'web1'"],
  ] as const)
    assert.equal(withoutText(head), shown)
})

function said(text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
