import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sendToProgram, sendToWebhook } from '../../../src/cli/notify/send.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-notify-'))
after(() => rmSync(folder, { recursive: true }))
const BODY = `{"text":"${'ü'.repeat(100_000)}"}`

/** A webhook that answers so; the address of one is not judged here. */
async function withWebhook<Result>(
  answer: RequestListener,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('a webhook', () => {
  test('gets the JSON as the body of a POST', async () => {
    let got = ''
    let head: unknown
    const why = await withWebhook(
      (request, response) => {
        head = [request.method, request.url, request.headers['content-type']]
        request.setEncoding('utf8').on('data', (text) => (got += text))
        request.on('end', () => response.end('ok'))
      },
      (url) => sendToWebhook(url, BODY),
    )
    assert.equal(why, undefined)
    assert.deepEqual(head, ['POST', '/hook/secret', 'application/json'])
    assert.equal(got, BODY)
  })

  test('that refuses, leads elsewhere, answers without end or not at all has failed, in words without its path', async () => {
    const answers: readonly [RequestListener, string][] = [
      [(_, response) => response.writeHead(404).end('x'.repeat(1e6)), 'it answered with status 404'],
      [
        (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
        'it answered with status 302',
      ],
      [(request) => request.socket.destroy(), 'UND_ERR_SOCKET'],
      [() => {}, 'it took longer than 5 s'],
    ]
    for (const [answer, expected] of answers)
      assert.equal(await withWebhook(answer, (url) => sendToWebhook(url, '{}', 500)), expected)
    assert.equal(await sendToWebhook('http://127.0.0.1:1/secret', '{}'), 'it could not be reached')
    assert.equal(
      await sendToWebhook('https://nowhere.invalid/secret', '{}', 3000).then((why) =>
        /secret/.test(why ?? ''),
      ),
      false,
    )
  })
})

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
    assert.equal(await sendToProgram(['./none'], BODY, { folder }), 'ENOENT')
    assert.equal(await sendToProgram([`${path}/x`], BODY, { folder }), 'ENOTDIR')
    assert.equal(await sendToProgram([path, 'x'.repeat(3_000_000)], BODY, { folder }), 'E2BIG')
  })

  test('that takes too long is ended with all that it has started', async () => {
    const path = program('slow', '(sleep 4; echo late >late) & sleep 60')
    const began = performance.now()
    assert.equal(await sendToProgram([path], BODY, { folder, limitMs: 500 }), 'it took longer than 5 s')
    assert.ok(performance.now() - began < 3500)
    await setTimeout(4500)
    assert.throws(() => readFileSync(join(folder, 'late')))
  })

  test('that leaves something running is not waited for', async () => {
    const path = program('leave', 'sleep 20 & exit 0')
    const began = performance.now()
    assert.equal(await sendToProgram([path], '{}', { folder }), undefined)
    assert.ok(performance.now() - began < 4000)
  })
})
