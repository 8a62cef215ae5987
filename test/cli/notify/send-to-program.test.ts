import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sendToProgram } from '../../../src/cli/notify/send-to-program.ts'
import { patient } from '../../support/patience.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-notify-'))
after(() => rmSync(folder, { recursive: true }))
const BODY = `{"text":"${'ü'.repeat(100_000)}"}`

describe('a program', () => {
  const program = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return `./${name}`
  }

  test('gets the JSON on stdin, and its words without a shell', async () => {
    const path = program('keep', 'cat >got; printf "%s\\n" "$@" >words; echo noise')
    assert.equal(await sendToProgram([path, '$HOME', 'a b'], BODY, { folder }), undefined)
    assert.equal(readFileSync(join(folder, 'got'), 'utf8'), BODY)
    assert.equal(readFileSync(join(folder, 'words'), 'utf8'), '$HOME\na b\n')
  })

  test('need not read it', async () => {
    assert.equal(await sendToProgram(['true'], BODY, { folder }), undefined)
  })

  test('that fails has failed, with its last words', async () => {
    const path = program('fail', 'echo first >&2; printf "no \\033[31mroute\\n" >&2; exit 3')
    assert.equal(await sendToProgram([path], BODY, { folder }), 'it exited with status 3: no route')
    assert.equal(
      await sendToProgram([program('die', 'kill -9 $$')], BODY, { folder }),
      'it was ended by SIGKILL',
    )
  })

  test('that can not be started has failed, however the system says so', async () => {
    writeFileSync(join(folder, 'plain'), '')
    for (const [path, why] of [
      ['./none', 'no such program'],
      ['nowhere-in-path', 'no such program'],
      // spawn throws these
      ['./plain/x', 'no such program'],
      [`./${'x'.repeat(300)}`, 'ENAMETOOLONG'],
      ['./plain', 'it is not executable'],
    ] as const)
      assert.equal(await sendToProgram([path], BODY, { folder }), why)
    assert.equal(await sendToProgram(['true', 'x'.repeat(3_000_000)], BODY, { folder }), 'E2BIG')
  })

  test('is ended when nobody waits for it', async () => {
    const stopping = new AbortController()
    const began = performance.now()
    const sent = sendToProgram(['sleep', '60'], BODY, { folder, stop: stopping.signal })
    stopping.abort()
    assert.equal(await sent, 'it was interrupted')
    assert.equal(
      await sendToProgram(['sleep', '60'], BODY, { folder, stop: stopping.signal }),
      'it was interrupted',
    )
    assert.ok(performance.now() - began < patient(4000))
  })

  test('that takes too long is ended with all that it has started', async () => {
    const path = program('slow', '(sleep 4; echo late >late) & sleep 60')
    const began = performance.now()
    assert.equal(await sendToProgram([path], BODY, { folder, limitMs: 500 }), 'it took longer than 5 s')
    assert.ok(performance.now() - began < patient(3500))
    await setTimeout(4500)
    assert.throws(() => readFileSync(join(folder, 'late')))
  })

  test('that leaves something running is not waited for', async () => {
    const path = program('leave', 'sleep 20 & exit 0')
    const began = performance.now()
    assert.equal(await sendToProgram([path], '{}', { folder }), undefined)
    assert.ok(performance.now() - began < patient(4000))
  })
})
