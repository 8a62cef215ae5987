import assert from 'node:assert/strict'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { MachineError, MissingProgramError } from '../../src/errors.ts'
import { startProgram } from '../../src/programs/start-program.ts'
import { asFull } from '../../src/programs/why-not-started.ts'
import { SHORTAGES, type Shortage, withoutRoom } from '../support/without-room.ts'

describe('a program that is started', () => {
  test('is there with its pipes, and nothing of what it says is missed', async () => {
    const child = await startProgram({ program: 'echo' }, () =>
      spawn('echo', ['hello'], { stdio: ['ignore', 'pipe', 'inherit'] }),
    )
    let said = ''
    child.stdout.on('data', (bytes) => (said += bytes))
    assert.deepEqual(await once(child, 'close'), [0, null])
    assert.equal(said, 'hello\n')
  })

  for (const [code, why] of Object.entries(SHORTAGES) as [Shortage, string][])
    test(`is an error of this machine where it has ${why} (${code})`, () =>
      withoutRoom(code, async () => {
        for (const start of [() => spawn('cat'), () => fork('/nonexistent.js')]) {
          const lead = "cannot reach 'web1'"
          const error = await startProgram({ program: 'cat', lead }, start).catch((reason) => reason)
          assert.ok(error instanceof MachineError)
          assert.equal(error.message, `cannot reach 'web1': cannot start 'cat': ${why}`)
          assert.deepEqual([error.exitCode, error.kind], [69, 'unavailable'])
          assert.ok(error.suggestions.length > 0)
        }
      }))

  test('is told to be missing, or not executable', async () => {
    const start = (program: string) => startProgram({ program }, () => spawn(program))
    await assert.rejects(start('/nonexistent'), (error) => error instanceof MissingProgramError)
    await assert.rejects(start('/etc/passwd'), {
      name: 'MachineError',
      message: "cannot start '/etc/passwd': it is not executable",
    })
  })

  test('is missing where PATH leads to none that can be executed, and else not', async () => {
    const start = (program: string) =>
      startProgram({ program }, () => spawn(program, { env: { PATH: '/etc' } })).catch((error) => error.name)
    assert.equal(await start('fstab'), 'MissingProgramError')
    // another PATH has it
    assert.equal(await start('passwd'), 'MachineError')
  })

  test('leaves a mistake in a call what it is', async () => {
    await assert.rejects(
      startProgram({ program: 'a' }, () => spawn('a\0')),
      TypeError,
    )
  })
})

test('too many open files are an error of this machine, wherever they are met', () => {
  for (const error of [
    Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE' }),
    new Error(", Unknown error: Too many open files '/srv'"),
  ])
    assert.equal(asFull(error)?.message, 'cannot continue: too many open files')
  assert.equal(asFull(new Error('EPIPE')), undefined)
  assert.equal(asFull('text'), undefined)
})
