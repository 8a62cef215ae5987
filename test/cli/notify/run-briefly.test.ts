import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runBriefly } from '../../../src/cli/notify/run-briefly.ts'
import { patient } from '../../support/patience.ts'

const sh = (script: string) => ['sh', '-c', script]

describe('a program that is run briefly', () => {
  test('tells how it ended, with the last line of the stream that is asked for', async () => {
    const script = 'read word; echo first; echo "$word"; echo other >&2; exit 3'
    for (const [reads, lastLine] of [
      ['stdout', 'hello'],
      ['stderr', 'other'],
    ] as const)
      assert.deepEqual(await runBriefly(sh(script), { input: 'hello\n', reads }), {
        ...{ status: 3, signal: null, lastLine },
      })
  })

  test('is heard to its end, and not longer where something holds its stream open', async () => {
    const many = await runBriefly(sh('seq 20000; echo last'), { input: '', reads: 'stdout' })
    assert.deepEqual(many, { status: 0, signal: null, lastLine: 'last' })
    const began = performance.now()
    const left = await runBriefly(sh('echo said; sleep 30 & exit 1'), { input: '', reads: 'stdout' })
    assert.deepEqual(left, { status: 1, signal: null, lastLine: 'said' })
    assert.ok(performance.now() - began < patient(5000))
  })
})
