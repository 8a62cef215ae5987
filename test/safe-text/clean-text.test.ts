import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanLine, cleanLines, cleanQuote } from '../../src/safe-text/clean-text.ts'

test('a host can colour nothing, move no cursor, set no title and ring no bell in an error', () => {
  assert.equal(
    cleanQuote('\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\u0007 \u001b[2Jend'),
    'red plain end',
  )
  assert.equal(cleanQuote('\u001bPq#0\u001b\\after'), 'after')
  assert.equal(cleanQuote('\u009b31mC1\u0085next'), '31mC1next')
})

test('a host can turn no direction, hide nothing and begin no line in an error', () => {
  assert.equal(cleanLine('a\u202eb\u2066c\u200bd\ufeffe\u2028f\r\ng\u2061h\xad'), 'abcde f gh')
})

test('a quote ends after 200 characters, a sentence after 4096, a message after 200 lines', () => {
  assert.equal(cleanQuote('x'.repeat(1_000_000)).length, 201)
  assert.equal(cleanLine('x'.repeat(1_000_000)).length, 4097)
  assert.equal(cleanLines('x\n'.repeat(1_000_000)).length, 201)
  assert.ok(cleanLines('x'.repeat(1_000_000)).join('').length < 70_000)
})

test('a quote that is cut between the halves of a character is whole', () => {
  assert.ok(cleanQuote(`x${'😀'.repeat(200)}`).isWellFormed())
})

test('of several lines only newlines and tabs stay', () => {
  assert.deepEqual(cleanLines('one\u001b[1m\ttwo\r\n  three\u0007\n'), ['one\ttwo', '  three'])
})
