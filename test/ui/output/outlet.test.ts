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

test('lines of many hosts in one turn are written at once, in their order', async () => {
  const stream = new PassThrough()
  const written: string[] = []
  stream.on('data', (bytes: Buffer) => written.push(bytes.toString()))
  const outlet = new Outlet(stream as unknown as NodeJS.WriteStream, 100)
  for (let host = 0; host < 100; host++) assert.equal(outlet.write(`${host}\n`), undefined)
  assert.equal(stream.writableCorked, 1)
  await new Promise(setImmediate)
  assert.equal(stream.writableCorked, 0)
  assert.equal(written.join(''), Array.from({ length: 100 }, (_, host) => `${host}\n`).join(''))
})

test('what is kept of a turn never fills a stream', () => {
  const stream = new PassThrough({ writableHighWaterMark: 1000, readableHighWaterMark: 100_000 })
  stream.resume()
  const outlet = new Outlet(stream as unknown as NodeJS.WriteStream, 100)
  for (let host = 0; host < 100; host++) assert.equal(outlet.write('x'.repeat(50)), undefined)
})

test('what is kept can be had at once', () => {
  const stream = new PassThrough()
  const outlet = new Outlet(stream as unknown as NodeJS.WriteStream, 100)
  void outlet.write('last words')
  outlet.flush()
  assert.equal(String(stream.read()), 'last words')
})
