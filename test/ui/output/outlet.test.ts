import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Outlet } from '../../../src/ui/output/outlet.ts'

function makeOutlet() {
  const stream = new PassThrough({ writableHighWaterMark: 16, readableHighWaterMark: 16 })
  return { stream, outlet: new Outlet(stream as unknown as NodeJS.WriteStream) }
}

test('a stream with room is not waited for', () => {
  const { outlet } = makeOutlet()
  assert.equal(outlet.write('short'), undefined)
})

test('a reader that is slow is waited for, by all who write, with one listener', async () => {
  const { stream, outlet } = makeOutlet()
  const waits = Array.from({ length: 20 }, () => outlet.write('x'.repeat(16))).filter(Boolean)
  assert.ok(waits.length >= 18)
  assert.equal(new Set(waits).size, 1)
  assert.ok(stream.listenerCount('drain') <= 2)
  stream.resume()
  await waits[0]
  assert.equal(outlet.write('short'), undefined)
})

test('a reader that goes away is not waited for', async () => {
  const { stream, outlet } = makeOutlet()
  stream.write('x'.repeat(16))
  const wait = outlet.write('x'.repeat(16))
  assert.ok(wait)
  stream.destroy()
  await wait
  stream.on('error', () => {})
  assert.equal(outlet.write('x'.repeat(16)), undefined)
})
