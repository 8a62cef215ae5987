import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Block, linesOf, wrapLines } from '../../src/safe-text/block.ts'

/** Lines of a block: as text, or as the bytes that came. */
const block = fc
  .record({
    lines: fc.array(
      fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.constantFrom('ü ✓ 😀', '$1 $& $$', '')),
      { minLength: 1 },
    ),
    asBytes: fc.boolean(),
  })
  .map(({ lines, asBytes }) => {
    const text = `${lines.join('\n')}\n`
    const isAscii = Buffer.byteLength(text) === text.length
    return { lines, block: asBytes && isAscii ? new Block(Buffer.from(text), lines.length) : new Block(text) }
  })

test('lines of blocks are wrapped one by one, in bytes where all is ASCII', () => {
  const around = fc.constantFrom('', '[web1] a | ', '$& ', '[wëb] ')
  fc.assert(
    fc.property(fc.array(block), around, around, (made, before, after) => {
      const blocks = made.map((each) => each.block)
      const lines = made.flatMap((each) => each.lines)
      assert.deepEqual(linesOf(blocks), lines)
      assert.equal(
        blocks.reduce((sum, { count }) => sum + count, 0),
        lines.length,
      )
      const wrapped = wrapLines(blocks, { before, after })
      const expected = lines.map((line) => `${before}${line}${after}\n`).join('')
      assert.equal(wrapped.toString(), expected)
      const all = `${expected}${before}${after}`
      assert.equal(typeof wrapped === 'string', Buffer.byteLength(all) !== all.length)
    }),
  )
})
