import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complete } from '../../../src/cli/completion/complete.ts'
import { renderDescribed, renderForBash } from '../../../src/cli/completion/render-candidates.ts'
import { splitLine } from '../../../src/cli/completion/split-line.ts'

const BREAKS = ' \t\n"\'><=;|&(:'

function forBash(line: string, ...values: string[]): string[] {
  const split = splitLine(line)
  const typed = split.words.at(-1) ?? ''
  const [, flag, value] = /^--([^=]+)=(.*)$/.exec(typed) ?? []
  const answer =
    flag === undefined || value === undefined
      ? { completion: values.map((each) => ({ value: each })), typed }
      : { completion: values.map((each) => ({ value: each })), typed: value, flag }
  return renderForBash(answer, split, BREAKS)
}

test('gives bash what stands after the last character at which it cuts a word', () => {
  assert.deepEqual(forBash('x fe', 'feature', 'other'), ['feature'])
  assert.deepEqual(forBash('x --branch=fe', 'feature'), ['feature'])
  assert.deepEqual(forBash('x --host=2001:', '2001:db8::7'), ['db8::7'])
  assert.deepEqual(forBash('x 2001:db8:', '2001:db8::7'), [':7'])
  assert.deepEqual(forBash('x --step=', 'make html'), ['make\\ html'])
  assert.deepEqual(forBash('x make\\ h', 'make html'), ['make\\ html'])
  assert.deepEqual(forBash("x 'make h", 'make html'), ['make html'])
  assert.deepEqual(renderForBash({ completion: 'files', typed: '' }, splitLine('x '), BREAKS), ['\tfiles'])
})

test('gives zsh and fish the words with what they are', () => {
  const answer = { completion: [{ value: 'red', about: 'a\tb\x1b]0;c\x07\nd' }, { value: 'x' }], typed: '' }
  assert.deepEqual(renderDescribed(answer, 'zsh'), ['red\ta b d', 'x\t'])
  assert.deepEqual(renderDescribed({ ...answer, flag: 'colour' }, 'fish'), [
    '--colour=red\ta b d',
    '--colour=x\t',
  ])
  assert.deepEqual(renderDescribed({ ...answer, flag: 'colour' }, 'zsh'), ['red\ta b d', 'x\t'])
  const [long = ''] = renderDescribed(
    { completion: [{ value: 'x', about: 'y'.repeat(500) }], typed: '' },
    'fish',
  )
  assert.equal(long.length, 82)
})

test('offers nothing that a shell could read as more than a word', async () => {
  const hostile = [
    '$(x)',
    '`x`',
    'a b;c',
    "a'b",
    'a"b',
    'a\nb',
    'a\\b',
    '-x',
    '~x',
    'a*',
    'a?',
    '[a]',
    '{a,b}',
  ]
  const more = ['a$b', 'a>b', 'a<b', 'a|b', 'a&b', 'a!b', '(a)', '#a', '=a', 'a\x1bb', 'ä', '', ' a', 'a ']
  for (const value of [...hostile, ...more]) {
    assert.deepEqual(forBash('x ', value), [], value)
    for (const shell of ['zsh', 'fish'] as const)
      assert.deepEqual(renderDescribed({ completion: [{ value }], typed: '' }, shell), [], value)
  }
  const { completion } = await complete(['--branch', '$(x)'], {
    commands: [],
    config: async () => undefined,
    refs: async () => [],
    runs: () => [],
  })
  assert.deepEqual(completion, [])
})
