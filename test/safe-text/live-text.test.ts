import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LiveText } from '../../src/safe-text/live-text.ts'
import { SEQUENCES } from '../attacks/support/hostile-host-bytes.ts'

/** Control characters but those of text, and what hides or turns text. */
const UNSEEN =
  /(?!\r\n)[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u

function show(...chunks: string[]): string {
  const live = new LiveText()
  return chunks.map((chunk) => live.push(Buffer.from(chunk))).join('')
}

test('a question is shown before its line ends, and the next line begins where it should', () => {
  const live = new LiveText()
  assert.equal(live.push(Buffer.from('[sudo] password for admin: ')), '[sudo] password for admin: ')
  assert.equal(live.push(Buffer.from('\r')), '')
  assert.equal(live.push(Buffer.from('\nüber\tdone\n')), '\r\nüber\tdone\r\n')
})

test('a line is not written over', () => {
  assert.equal(show('100%\rroot:~# ', '\r\r\nx\b\b'), '100%\r\nroot:~# \r\nx')
})

test('nothing but text, tabs and new lines is shown, however it comes in chunks', () => {
  const part = fc.oneof(fc.constantFrom(...SEQUENCES, '\r', '\n', '\x1b[', 'ü', 'm'), fc.string())
  fc.assert(
    fc.property(fc.array(part), fc.nat(5), (parts, size) => {
      const live = new LiveText()
      const bytes = Buffer.from(parts.join(''))
      let shown = ''
      for (let at = 0; at < bytes.length; at += size + 1)
        shown += live.push(bytes.subarray(at, at + size + 1))
      assert.doesNotMatch(shown, UNSEEN)
      assert.equal(shown, new LiveText().push(bytes))
    }),
    { numRuns: 500 },
  )
})
