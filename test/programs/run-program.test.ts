import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runProgram } from '../../src/programs/run-program.ts'
import { SHORTAGES, type Shortage, withoutRoom } from '../support/without-room.ts'

describe('a program that is run', () => {
  test('gets its input, and tells all that it has said', async () => {
    const answered = await runProgram(['sh', '-c', 'cat; echo other >&2'], { input: 'hello\n' })
    assert.deepEqual(answered, { stdout: 'hello\n', stderr: 'other\n' })
  })

  test('that fails has run, and one that takes too long is late', async () => {
    const { stdout, failure } = await runProgram(['sh', '-c', 'echo said; exit 3'])
    assert.deepEqual([stdout, failure?.isStarted, failure?.isLate], ['said\n', true, false])
    const late = await runProgram(['sleep', '30'], { timeout: 50 })
    assert.deepEqual([late.failure?.isStarted, late.failure?.isLate], [true, true])
  })

  test('that is not there has not run', async () => {
    const { failure } = await runProgram(['/nonexistent'])
    assert.equal(failure?.isStarted, false)
    assert.equal(failure?.error.name, 'MissingProgramError')
  })

  for (const [code, why] of Object.entries(SHORTAGES) as [Shortage, string][])
    test(`has not run where the machine has ${why} (${code})`, () =>
      withoutRoom(code, async () => {
        const { stdout, failure } = await runProgram(['cat'], { input: 'x' })
        assert.deepEqual([stdout, failure?.isStarted], ['', false])
        assert.equal(failure?.error.message, `cannot start 'cat': ${why}`)
      }))
})
