import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../src/redact/machine.ts'

function faultOfSource(pattern: string, flags = ''): string | undefined {
  return faultOf({ pattern, flags })
}

test('a pattern that can be matched in linear time has no fault', () => {
  for (const { source, flags } of [
    /token=\S+/,
    /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
    /AKIA[0-9A-Z]{16}/gi,
    /-----BEGIN [A-Z ]+-----/,
    /(?<scheme>https?):\/\/[^:]+:([^@]+)@/,
    /[\]\\x]{2,}/,
    /\p{L}+ü/u,
    /a]b/,
    /a\/b\./s,
    /\cA\0\t/,
  ])
    assert.equal(faultOfSource(source, flags), undefined, source)
})

test('one that can not says why', () => {
  assert.match(faultOfSource('(?<=token=)\\S+') ?? '', /^looks ahead or behind: put in brackets/)
  assert.match(faultOfSource('a(?!b)') ?? '', /^looks ahead or behind/)
  assert.match(faultOfSource('(a)\\1') ?? '', /^refers to what it has matched/)
  assert.match(faultOfSource('(?<x>a)\\k<x>') ?? '', /^refers to/)
  assert.match(faultOfSource('(?i:a)b') ?? '', /^has flags within it/)
  assert.match(faultOfSource('[😀]', 'u') ?? '', /^has a character beyond U\+FFFF/)
  assert.match(faultOfSource('\\u{1f600}', 'u') ?? '', /^has a character beyond U\+FFFF/)
  assert.match(faultOfSource('[]a') ?? '', /^has '\[\]', which matches no character/)
})

test('one that fits everywhere, or is too large, is refused', () => {
  for (const pattern of ['a*', '^', '(?:a|)', '\\b'])
    assert.match(faultOfSource(pattern) ?? '', /^also matches an empty text/, pattern)
  for (const pattern of ['x{5000}', '(?:x{1000}){9}', '(?:(?:(?:){2000}){2000}){2000}x', 'a{4294967295}'])
    assert.match(faultOfSource(pattern) ?? '', /^is too large/, pattern)
})

test('what is no regular expression, or has another flag, is refused', () => {
  assert.match(faultOfSource('(') ?? '', /^is not a regular expression \(.*Unterminated group\)/)
  assert.match(faultOfSource('abcd', 'v') ?? '', /^may have the flags i, m, s and u/)
  assert.match(faultOfSource('abcd', 'y') ?? '', /^may have the flags/)
})

test('a short text is refused', () => {
  assert.equal(faultOf('abc'), 'must have at least 4 characters')
  assert.equal(faultOf('abcd'), undefined)
})
