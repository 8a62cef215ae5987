import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { lately } from '../../../src/ssh/settings/lately.ts'

function counted() {
  const asked: string[] = []
  return { asked, recent: lately((file) => `${file} ${asked.push(file)}`) }
}

test('few who ask are each told how it is now', () => {
  const { recent } = counted()
  assert.deepEqual([recent.ask('a'), recent.ask('a'), recent.ask('b')], ['a 1', 'a 2', 'b 3'])
})

test('of many the first are told, and the others the same', () => {
  const { asked, recent } = counted()
  const answers = Array.from({ length: 1000 }, () => recent.ask('a'))
  assert.ok(asked.length < 1000 / 2, `asked ${asked.length} times`)
  assert.equal(answers.at(-1), answers.at(-2))
})

test('after a moment it is found out again', async () => {
  const { recent } = counted()
  for (let times = 0; times < 100; times++) recent.ask('a')
  const last = recent.ask('a')
  await setTimeout(300)
  assert.notEqual(recent.ask('a'), last)
})

test('a file that was changed here is looked at again', () => {
  const { recent } = counted()
  for (let times = 0; times < 100; times++) recent.ask('a')
  const last = recent.ask('a')
  recent.forget('a')
  assert.notEqual(recent.ask('a'), last)
})
