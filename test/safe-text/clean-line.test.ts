import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanLine, cleanLines } from '../../src/safe-text/clean-line.ts'

test('a host can colour nothing, move no cursor, set no title and ring no bell in an error', () => {
  assert.equal(
    cleanLine('\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\u0007 \u001b[2Jend'),
    'red plain  end',
  )
  assert.equal(cleanLine('\u001bPq#0\u001b\\after'), 'after')
  assert.equal(cleanLine('\u009b31mC1\u0085next'), '31mC1 next')
})

test('a host can turn no direction, hide nothing and begin no line in an error', () => {
  assert.equal(cleanLine('a\u202eb\u2066c\u200bd\ufeffe\u2028f\r\ng'), 'a b c d e f g')
})

test('a line of a host ends after 200 characters', () => {
  assert.equal(cleanLine('x'.repeat(1_000_000)).length, 201)
})

test('of several lines only newlines and tabs stay', () => {
  assert.equal(cleanLines('one\u001b[1m\ttwo\r\nthree\u0007\n'), 'one\ttwo\nthree\n')
})
