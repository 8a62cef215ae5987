import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderJsonLine, renderOutputLines } from '../../src/ui/json-line.ts'

test('lines of output are rendered as all other lines are, one by one or many', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('##[error]', 'a "b" \\ c', 'ü ✓ 😀', '\t', '\x7f', '\u202e', ''),
  )
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1 }),
      fc.option(fc.constantFrom('make html', 'git')),
      (lines, step) => {
        const of = { host: 'web1', step: step ?? undefined }
        const expected = lines
          .map((line) => `${renderJsonLine({ event: 'output', ...of, text: line })}\n`)
          .join('')
        assert.equal(renderOutputLines(of, lines), expected)
      },
    ),
  )
})
