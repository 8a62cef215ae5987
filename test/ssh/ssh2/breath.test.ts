import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Breath } from '../../../src/ssh/ssh2/breath.ts'

const PIECE_MS = 3

function workFor(ms: number): void {
  for (const beganMs = performance.now(); performance.now() - beganMs < ms; );
}

/** Streams, each with a reader who takes long, and what the readers were given. */
async function joined(count: number) {
  const breath = new Breath()
  const taken: string[] = []
  const streams = Array.from({ length: count }, (_, index) => {
    const stream = new PassThrough()
    breath.join(stream)
    stream.on('data', (bytes: Buffer) => {
      workFor(PIECE_MS)
      taken.push(`${index} ${bytes}`)
    })
    return stream
  })
  await nextTurn()
  return { streams, taken }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await nextTurn()
}

suite('bytes of many hosts at once', () => {
  test('are taken in several turns, between which timers have theirs', async () => {
    const { streams, taken } = await joined(100)
    let seen: number | undefined
    setTimeout(() => {
      seen = taken.length
    }, 1)
    for (const stream of streams) stream.write('x')
    await until(() => taken.length === 100)
    assert.ok(seen !== undefined && seen < 50, `the timer had its turn after ${seen} of 100`)
  })

  test('are taken in the order in which they came', async () => {
    const { streams, taken } = await joined(20)
    for (const text of ['a', 'b', 'c']) {
      for (const stream of streams) stream.write(text)
      await nextTurn()
    }
    await until(() => taken.join('').replaceAll(/[^abc]/g, '').length === 60)
    for (const [index] of streams.entries())
      assert.equal(
        taken
          .filter((each) => each.startsWith(`${index} `))
          .map((each) => each.replace(/^\d+ /, ''))
          .join(''),
        'abc',
      )
  })

  test('come before the end of their stream', async () => {
    const { streams, taken } = await joined(20)
    const ended = streams.map(async (stream, index) => {
      await once(stream, 'end')
      assert.ok(taken.includes(`${index} last`))
    })
    for (const stream of streams) stream.end('last')
    await Promise.all(ended)
    assert.equal(taken.length, 20)
  })

  test('of a stream that has died are dropped', async () => {
    const { streams, taken } = await joined(20)
    for (const stream of streams) stream.write('x')
    process.nextTick(() => streams.at(-1)?.destroy())
    await until(() => taken.length >= 19)
    await nextTurn()
    assert.ok(!taken.includes('19 x'))
  })
})
