import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Block, linesOf } from '../../src/safe-text/block.ts'
import { renderJsonLine, renderOutputLines } from '../../src/safe-text/json-line.ts'
import { countPlainLines } from '../../src/safe-text/plain-text.ts'

test('lines of output are rendered as all other lines are, one by one or many', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '')),
    fc.string(),
    fc.constantFrom('##[error]', 'a "b" \\ c', 'ü ✓ 😀', '\t', '\x7f', '\u202e', ''),
  )
  const lines = fc.array(line, { minLength: 1 })
  fc.assert(
    fc.property(
      fc.array(lines, { minLength: 1 }),
      fc.option(fc.constantFrom('make html', 'git', 'für')),
      (parts, step) => {
        const of = { host: 'web1', step: step ?? undefined }
        const blocks = parts.map((each) => {
          const bytes = Buffer.from(`${each.join('\n')}\n`)
          return countPlainLines(bytes) < 0 ? new Block(bytes.toString()) : new Block(bytes, each.length)
        })
        const expected = linesOf(blocks)
          .map((text) => `${renderJsonLine({ event: 'output', ...of, text })}\n`)
          .join('')
        assert.equal(renderOutputLines(of, blocks).toString(), expected)
      },
    ),
  )
})
