import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Block } from '../../../src/safe-text/block.ts'
import { LineRing } from '../../../src/ui/record/line-ring.ts'

describe('the last lines', () => {
  test('are the newest, in order, and all are counted', () => {
    const ring = new LineRing(3)
    for (let line = 1; line <= 20; line += 1) {
      ring.push([new Block(`${line}\n`)])
      assert.deepEqual(ring.tail(3), [line - 2, line - 1, line].filter((each) => each > 0).map(String))
    }
    assert.equal(ring.last, '20')
    assert.equal(ring.seen, 20)
    assert.deepEqual(ring.tail(100), ['18', '19', '20'])
  })

  test('are fewer when they are long', () => {
    const ring = new LineRing()
    for (let line = 0; line < 1000; line += 1) ring.push([new Block(`${'x'.repeat(16 * 1024)}\n`)])
    const kept = ring.tail(200)
    assert.ok(kept.length >= 8 && kept.length <= 16, `${kept.length}`)
  })

  test('are forgotten at once', () => {
    const ring = new LineRing()
    ring.push([new Block('a\n')])
    ring.clear()
    assert.deepEqual(ring.tail(1), [])
    assert.equal(ring.last, undefined)
    assert.equal(ring.seen, 0)
  })
})
