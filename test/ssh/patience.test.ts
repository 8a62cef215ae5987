import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Patience } from '../../src/ssh/patience.ts'

async function* drip(paceMs: number): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < 20; count += 1) {
    await setTimeout(paceMs)
    yield Uint8Array.of(count)
  }
}

async function read(
  patience: Patience,
  stream: AsyncIterable<Uint8Array>,
  onChunk = () => {},
): Promise<number> {
  let count = 0
  for await (const _ of patience.read(stream)) {
    count += 1
    onChunk()
  }
  return count
}

const late = () => new Error('too late')

test('reading ends with an error at the limit, in silence and in noise', async () => {
  await assert.rejects(read(new Patience(30, late), drip(10_000_000)), /^Error: too late$/)
  await assert.rejects(read(new Patience(30, late), drip(5)), /^Error: too late$/)
})

test('a limit that came while nobody read is told to who reads next', async () => {
  const patience = new Patience(10, late)
  await setTimeout(30)
  await assert.rejects(read(patience, drip(1)), /^Error: too late$/)
})

test('a limit that is lifted does not come', async () => {
  const patience = new Patience(30, late)
  assert.equal(await read(patience, drip(5), () => patience.end()), 20)
})
