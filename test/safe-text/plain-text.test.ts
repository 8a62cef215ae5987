import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countPlainLines } from '../../src/safe-text/plain-text.ts'

const isPlain = (byte: number) => byte === 0x09 || byte === 0x0a || (byte >= 0x20 && byte <= 0x7e)

test('plain ASCII is told from all else at every place of a word, and its lines are counted', () => {
  for (let byte = 0; byte < 0x100; byte += 1) {
    for (let offset = 0; offset < 4; offset += 1) {
      for (let at = 0; at < 37; at += 1) {
        const bytes = new Uint8Array(new ArrayBuffer(64), offset, 37).fill(0x61)
        bytes[at] = byte
        const expected = isPlain(byte) ? Number(byte === 0x0a) : -1
        assert.equal(countPlainLines(bytes), expected, `${byte} at ${at} of ${offset}`)
      }
    }
  }
})

test('any bytes are told apart as one by one', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .array(fc.constantFrom(0x09, 0x0a, 0x20, 0x7e, 0x61), { maxLength: 40 })
      .map((each) => Uint8Array.from(each)),
    fc
      .array(fc.constantFrom(0x0a, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff), { maxLength: 9 })
      .map((each) => Uint8Array.from(each)),
  )
  fc.assert(
    fc.property(bytes, fc.nat(40), (all, from) => {
      const part = all.subarray(from)
      const expected = part.every(isPlain) ? part.filter((byte) => byte === 0x0a).length : -1
      assert.equal(countPlainLines(part), expected)
    }),
  )
})
