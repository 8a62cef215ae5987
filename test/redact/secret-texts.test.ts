import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretTexts } from '../../src/redact/secret-texts.ts'

test('a value is hidden as it is, and as URLs, JSON and base64 have it', () => {
  const texts = secretTexts('p@ss"word')
  assert.deepEqual(texts.slice(0, 3), ['p@ss"word', 'p%40ss%22word', 'p@ss\\"word'])
  for (const value of ['p@ss"word', 'p@ss"word\n', 'p@ss"word and more'])
    assert.ok(
      Buffer.from(value)
        .toString('base64')
        .startsWith(texts[3] ?? '?'),
      value,
    )
})

test('of several lines each is hidden that says something', () => {
  const key = '-----BEGIN KEY-----\r\nb3BlbnNzaC1rZXktdjE\n}\n-----END KEY-----\n'
  const texts = secretTexts(key)
  for (const line of ['-----BEGIN KEY-----', 'b3BlbnNzaC1rZXktdjE', '-----END KEY-----'])
    assert.ok(texts.includes(line))
  assert.ok(!texts.includes('}'))
})

test('nothing is hidden of a value that is too short', () => {
  assert.deepEqual(secretTexts('abc'), [])
  assert.deepEqual(secretTexts(' \n'), [])
  assert.deepEqual(secretTexts(''), [])
  assert.deepEqual(secretTexts('abcd'), ['abcd'])
})
