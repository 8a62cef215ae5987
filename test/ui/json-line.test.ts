import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderJsonLine, renderOutputLines } from '../../src/ui/json-line.ts'

test('lines of output are rendered as all other lines are, one by one or many', () => {
  const block = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('##[error]', 'a "b" \\ c', 'ü ✓ 😀', '\t', '\x7f', '\u202e', '', 'two\nlines', '\n'),
  )
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1 }),
      fc.option(fc.constantFrom('make html', 'git')),
      (blocks, step) => {
        const of = { host: 'web1', step: step ?? undefined }
        const expected = blocks
          .flatMap((block) => block.split('\n'))
          .map((line) => `${renderJsonLine({ event: 'output', ...of, text: line })}\n`)
          .join('')
        assert.equal(renderOutputLines(of, blocks), expected)
      },
    ),
  )
})
