import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields, matching, NoEvent } from '../../src/protocol/fields.ts'

test('a text is what its pattern says, and nothing else is a text', () => {
  assert.equal(matching('abc', /^[a-c]+$/), 'abc')
  for (const value of ['abd', '', 'abc\n', 1, null, undefined, ['abc'], { toString: () => 'abc' }]) {
    assert.throws(() => matching(value, /^[a-c]+$/), NoEvent)
  }
})

test('only an object has fields', () => {
  for (const data of [undefined, null, 1, 'x', true, [], [{}]]) assert.throws(() => new Fields(data), NoEvent)
})

test('what an object inherits is no field of it', () => {
  const fields = new Fields(JSON.parse('{"a":"x","__proto__":{"b":"x"}}'))
  assert.equal(fields.has('toString'), false)
  assert.equal(fields.has('b'), false)
  assert.equal(fields.value('constructor'), undefined)
  assert.throws(() => fields.text('b', /./), NoEvent)
})

test('each reader takes its own kind of value', () => {
  const fields = new Fields({ text: 'x', negative: -1, count: 3, half: 0.5, list: [1], big: 2 ** 53 })
  assert.equal(fields.text('text', /x/), 'x')
  assert.equal(fields.one('text', ['y', 'x']), 'x')
  assert.equal(fields.integer('negative'), -1)
  assert.equal(fields.count('count'), 3)
  assert.deepEqual(fields.list('list'), [1])
  for (const wrong of [
    () => fields.text('count', /./),
    () => fields.one('text', ['y']),
    () => fields.one('missing', ['undefined']),
    () => fields.integer('half'),
    () => fields.integer('big'),
    () => fields.integer('text'),
    () => fields.count('negative'),
    () => fields.list('text'),
    () => fields.list('missing'),
  ]) {
    assert.throws(wrong, NoEvent)
  }
})

test('a list has 64 entries at most', () => {
  const list = (length: number) => new Fields({ list: Array.from({ length }, () => 1) }).list('list')
  assert.equal(list(64).length, 64)
  assert.throws(() => list(65), NoEvent)
})

test('an optional field is there under its own name, or not at all; a wrong one is not the same as none', () => {
  const fields = new Fields({ limit: 5, wrong: 'x' })
  assert.deepEqual(
    fields.optional('limitSeconds', () => fields.count('limit'), 'limit'),
    { limitSeconds: 5 },
  )
  assert.deepEqual(
    fields.optional('missing', () => fields.count('missing')),
    {},
  )
  assert.throws(() => fields.optional('wrong', () => fields.count('wrong')), NoEvent)
})
