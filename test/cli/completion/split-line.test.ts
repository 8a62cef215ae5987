import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitLine } from '../../../src/cli/completion/split-line.ts'

test('takes a line apart as a shell does, without expanding anything', () => {
  const cases: readonly [line: string, words: string[], raw?: string, quote?: string][] = [
    ['', ['']],
    ['shipit ', ['shipit', '']],
    ['shipit  dep', ['shipit', 'dep'], 'dep'],
    ["a 'b c' d\\ e", ['a', 'b c', 'd e'], 'd\\ e'],
    [`a "b c`, ['a', 'b c'], '"b c', '"'],
    [`a 'b`, ['a', 'b'], "'b", "'"],
    ['a "b\\"c\\d"', ['a', 'b"c\\d'], '"b\\"c\\d"'],
    ['a --x=$(touch y)', ['a', '--x=$(touch', 'y)'], 'y)'],
    ['a "$(touch y)" `z`', ['a', '$(touch y)', '`z`'], '`z`'],
    ["a ''", ['a', ''], "''"],
    ['a \\', ['a', ''], '\\'],
    ['a\tb\nc', ['a', 'b', 'c'], 'c'],
  ]
  for (const [line, words, raw = words.at(-1), quote = ''] of cases)
    assert.deepEqual(splitLine(line), { words, raw: line.endsWith(' ') ? '' : raw, quote }, line)
})
