import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretsInWord, secretTexts } from '../../src/redact/secret-texts.ts'

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

test('in base64 it is hidden wherever it stands in what was encoded', () => {
  const value = 'p@ss~~??word'
  const texts = secretTexts(value)
  for (const before of ['', 'a', 'ab', 'abc', 'deploy:', 'Bearer ', '\u{1f600}'])
    for (const behind of ['', '\n', '"}', ' and more'])
      for (const form of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(before + value + behind).toString(form)
        const found = texts.find((text) => text.length > 12 && encoded.includes(text))
        assert.ok(found, `${before}|${behind} ${form}`)
        // what is left of it is less than a byte at each end, or filled up
        assert.ok(found.length >= Math.floor((value.length * 8) / 6) - 1)
      }
  // any two that differ in one character have no text in common
  assert.deepEqual(
    secretTexts('q@ss~~??word').filter((text) => texts.includes(text)),
    [],
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

test('of the words of a command only URLs are hidden', () => {
  assert.deepEqual(secretsInWord('curl'), [])
  assert.deepEqual(secretsInWord('--retry=5000'), [])
  const texts = secretsInWord(
    `curl -d @- 'https://hooks.example.com/services/T01/abcdefghijklmnopq?x=1'; true`,
  )
  for (const text of ['/services/T01/abcdefghijklmnopq?x=1', 'abcdefghijklmnopq'])
    assert.ok(texts.includes(text), text)
  assert.ok(!texts.some((text) => text.includes("'")))
})
