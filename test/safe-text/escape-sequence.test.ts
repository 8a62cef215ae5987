import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EscapeSequence } from '../../src/safe-text/escape-sequence.ts'

/** Takes what follows an ESC: how many characters of it are the sequence's, whether it is still open, and a colour. */
function follow(text: string): [taken: number, isOpen: boolean, colour?: string] {
  const sequence = new EscapeSequence()
  sequence.begin()
  let taken = 0
  while (sequence.isOpen && taken < text.length && sequence.take(text.charCodeAt(taken))) taken += 1
  const { isOpen, colour } = sequence
  return colour === undefined ? [taken, isOpen] : [taken, isOpen, colour]
}

describe('an escape sequence', () => {
  for (const [what, text, ...expected] of [
    ['a colour is told', '[1;31mred', 6, false, '1;31'],
    ['a colour without parameters is told', '[mred', 2, false, ''],
    ['what moves the cursor is no colour', '[2Jx', 3, false],
    ['a private mode that ends like a colour is none', '[?1mx', 4, false],
    ['a colour that is too long is none', `[${'1;'.repeat(30)}mx`, 62, false],
    ['a title ends with a bell', ']0;title\x07x', 9, false],
    ['a title ends with its terminator', ']0;title\x1b\\x', 10, false],
    ['a character set has an intermediate byte', '(Bx', 2, false],
    ['a newline breaks one off and is text', '[3\nx', 2, false],
    ['a letter that is none ends it', '\u00fcx', 0, false],
    ['it goes on from chunk to chunk', '[3', 2, true],
    ['a string of 4096 characters is none', `]${'a'.repeat(5000)}`, 4096, false],
  ] as const)
    test(what, () => assert.deepEqual(follow(text), expected))
})
