import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { sendToWebhook } from '../../../src/cli/notify/send-to-webhook.ts'
import { patient } from '../../support/patience.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-notify-'))
after(() => rmSync(folder, { recursive: true }))
const BODY = `{"text":"${'ü'.repeat(100_000)}"}`

/** A user, mounts and a network of its own. */
const NAMESPACES = ['-r', '-m', '-n']
const noNamespaces =
  spawnSync('unshare', [...NAMESPACES, 'ip', 'link', 'set', 'lo', 'up']).status !== 0 &&
  'needs unshare -rmn and ip'

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
      assert.equal(
        await withWebhook(answer, (url) => sendToWebhook(url, '{}', { limitMs: patient(2000) })),
        expected,
      )
    assert.equal(await sendToWebhook('http://127.0.0.1:1/secret', '{}'), 'it could not be reached')
    assert.equal(
      await sendToWebhook('https://nowhere.invalid/secret', '{}').then((why) => /secret/.test(why ?? '')),
      false,
    )
  })

  test('whose name is never looked up holds nothing up', { skip: noNamespaces }, () => {
    // a resolver that is silent, in namespaces of its own
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:10\n')
    const program = `import { createSocket } from 'node:dgram'
import { sendToWebhook } from '${import.meta.dirname}/../../../src/cli/notify/send-to-webhook.ts'
const socket = createSocket('udp4').bind(53, '127.0.0.1', async () => {
  const asked = new Promise((resolve) => socket.once('message', resolve))
  const why = await sendToWebhook('https://hooks.example.com/secret', '{}', { limitMs: 2000 })
  await asked
  console.log(why)
  process.exit()
})`
    const script = `ip link set lo up && mount --bind resolv.conf /etc/resolv.conf && exec "$0" --input-type=module -e "$1"`
    const words = [...NAMESPACES, 'sh', '-c', script, process.execPath, program]
    const began = performance.now()
    const { stdout, stderr } = spawnSync('unshare', words, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 180_000,
    })
    assert.equal(stdout, 'it took longer than 5 s\n', stderr)
    assert.ok(performance.now() - began < patient(8000))
  })
})
