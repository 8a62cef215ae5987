import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { ConnectionError } from '../../src/errors.ts'
import { createDial } from '../../src/ssh/dial.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'

test('of very many hosts, a hundred are connected to at once, and the others after them', async () => {
  const hosts = 130
  const open = new Set<Socket>()
  let most = 0
  let called = 0
  // answers nobody until no more can come, and then says what nobody speaks
  const server = createServer((socket) => {
    socket.on('error', () => {})
    open.add(socket)
    called += 1
    most = Math.max(most, open.size)
    if (open.size < 100 && called < hosts) return
    for (const each of open) each.end('SSH-1.5-old\r\n')
    open.clear()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dial = createDial(createIdentities())
  const ends = await Promise.allSettled(
    Array.from({ length: hosts }, (_, index) =>
      dial({
        name: `web${index}`,
        address: '127.0.0.1',
        port,
        user: 'alice',
        identityFiles: [],
        knownHostsFiles: [],
        hostKeys: [],
        connectTimeoutMs: 60_000,
        configWords: ['-F', 'none'],
        transport: 'ssh2',
      }),
    ),
  )
  server.close()
  assert.ok(ends.every((end) => end.status === 'rejected' && end.reason instanceof ConnectionError))
  assert.deepEqual([most, called], [100, hosts])
})
