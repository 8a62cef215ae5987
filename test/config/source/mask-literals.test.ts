import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maskLiterals } from '../../../src/config/source/mask-literals.ts'

const LINE: readonly (readonly [title: string, line: string, masked: string])[] = [
  ['texts', `app: 'x', env: { password: "hunter2" 'y' }`, `app: '*', env: { password: "*******" '*' }`],
  ['signs with a backslash', String.raw`a: 'it\'s' b`, 'a: ******* *'],
  ['a comment', "a: 1, // password: 'hunter2", 'a: 1, ** ********* ********'],
  [
    'patterns',
    `redact: [/it's/, 'hunter2', /[/'"]x/g], a: 1`,
    `redact: [******, '*******', *********], a: 1`,
  ],
  ['a pattern, and no division', "a / b / 'c' && f(/c/)", "a / b / '*' && f(***)"],
  ['a template', 'a: f(`hunter2`), b', 'a: f(`*******`), b'],
  ['a template with a value', `a: \`x\${b({ c: 1 })}hunter2\`, d`, 'a: `***b({ c: 1 })********`, d'],
  [
    'what stands behind a text',
    "import { a } from './x' with { b: 'c' as const }",
    "import { a } from '***' with { b: '*' as const }",
  ],
  ['an open text, to its end', "  a: 'hunter2, b: 1", '  a: ********* ** *'],
  [
    'all but the key, where a quote is missing',
    "  a: ['npm, 'hunter2'], c: 1",
    '  a: ****** *********** ** *',
  ],
  ['all but the key, where the first quote is missing', "  a: hunter2', c: 1", '  a: ********* ** *'],
  ['all but the key, where a word follows', "  a: 'x' hunter2', c: 1", '  a: *** ********* ** *'],
]

describe('of one line it masks', () => {
  for (const [title, line, masked] of LINE) test(title, () => assert.equal(maskLiterals(line, 1), masked))
})

describe('it knows what began on a line before', () => {
  for (const [title, text, line, masked] of [
    ['a comment', "/* a\n hunter2 */ b: 'c'", 2, " ******* ** b: '*'"],
    ['a template', `a: \`\n hunter2 \${b}\n\``, 2, ' ******* **b*'],
    ['a template without its end', 'a: `x,\n b: `hunter2 y`,\n c: `hunter2`', 3, ' c: *********'],
    ['a text without its end ends with its line', "a: 'x,\nb: 'hunter2', c: 1", 2, "b: '*******', c: 1"],
  ] as const)
    test(title, () => assert.equal(maskLiterals(text, line), masked))
})

test('a line that is not there is empty', () => assert.equal(maskLiterals('a', 5), ''))
