import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlanGatherer } from '../../../src/operations/ask/gather-plan.ts'
import type { Event } from '../../../src/protocol/event.ts'

const TIME = '2026-11-22T12:00:00Z'
const ID = 'a'.repeat(40)
const DIGEST = 'd'.repeat(64)

function gather(...pieces: (string | Event)[]) {
  const gatherer = new PlanGatherer(DIGEST)
  for (const piece of pieces) {
    if (typeof piece === 'string') gatherer.takeOutput(Buffer.from(piece))
    else gatherer.takeEvent(piece)
  }
  return gatherer.said(true)
}

test('takes the output before an event as what belongs to it', () => {
  const said = gather(
    `${ID}\t1700000000\tAlice\tfix\tthe cart\nno commit\n${ID}\tx\ty\tz\n`,
    { event: 'commits', time: TIME, side: 'goes', count: 7 },
    '+ a\n~ \\#303\\#274 x\n- -> y\n? z\n',
    { event: 'look', time: TIME, number: 2, name: 'rsync', state: 'files', new: 1, changed: 1, deleted: 1 },
    { event: 'look', time: TIME, number: 3, name: 'check', state: 'failed' },
    'fatal: ',
    'no route',
    { event: 'unseen', time: TIME, reason: 'fetch' },
  )
  assert.deepEqual(said.goes, {
    count: 7,
    newest: [{ commit: ID, time: '2023-11-14T22:13:20.000Z', author: 'Alice', subject: 'fix\tthe cart' }],
  })
  assert.deepEqual(said.looks, [
    {
      ...{ number: 2, name: 'rsync', state: 'files', new: 1, changed: 1, deleted: 1 },
      files: [
        { change: 'new', name: 'a' },
        { change: 'changed', name: 'ü x' },
        { change: 'deleted', name: '-> y' },
      ],
    },
    { number: 3, name: 'check', state: 'failed' },
  ])
  assert.deepEqual(said.unseen, [{ reason: 'fetch', words: 'fatal: no route' }])
})

test('knows another recipe by the hello', () => {
  const hello = { event: 'hello', time: TIME, protocol: 2, version: '0', user: 'alice' } as const
  assert.equal(gather({ ...hello, digest: DIGEST }).drift, undefined)
  assert.equal(gather({ ...hello, digest: 'e'.repeat(64) }).drift, true)
})

test('keeps no more than a recipe can be about, of a host that does not end', () => {
  const gatherer = new PlanGatherer(DIGEST)
  for (let count = 0; count < 1000; count += 1) {
    gatherer.takeOutput(Buffer.alloc(64 * 1024, 'x'))
    gatherer.takeEvent({ event: 'look', time: TIME, number: 1, name: 'x', state: 'impossible' })
    gatherer.takeEvent({ event: 'unseen', time: TIME, reason: 'failed' })
    gatherer.takeEvent({ event: 'space', time: TIME, path: '/x/y', free: 1, all: 1 })
  }
  const { looks = [], unseen = [], space = [] } = gatherer.said(true)
  assert.deepEqual([looks.length, unseen.length, space.length], [128, 128, 128])
  const kept = looks.reduce((sum, { words = '' }) => sum + words.length, 0)
  assert.ok(kept <= 8 * 1024 * 1024, `${kept} bytes`)
})
