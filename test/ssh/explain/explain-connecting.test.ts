import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import type { Algorithms } from 'ssh2'
import { ConnectionError } from '../../../src/errors.ts'
import { patient } from '../../support/patience.ts'
import { failureOf, makeFolder } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

const folder = makeFolder()
const user = folder.writeKey('id')
const hostKey = makeKey()
const LIMIT_MS = 2000
const servers: Server[] = []

after(() => {
  for (const server of servers) server.close()
  folder.remove()
})

/** A server that does what it likes with a connection. */
async function listen(onConnection: (socket: Socket) => void): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function failureAt(host: { port: number }, own: Partial<Parameters<typeof settingsFor>[1]> = {}) {
  const settings = settingsFor(host, {
    hostKeys: [hostKey.line],
    identityFiles: [user.file],
    connectTimeoutMs: LIMIT_MS,
    ...own,
  })
  const failure = await failureOf(settings)
  assert.ok(failure.error instanceof ConnectionError)
  assert.equal(failure.error.exitCode, 69)
  assert.ok(failure.ms < (own.connectTimeoutMs ?? LIMIT_MS) + patient(5000), `${failure.ms} ms`)
  return failure
}

describe('within its time limit', { concurrency: true }, () => {
  test('a host that takes the connection and says nothing is given up', async () => {
    const host = await listen(() => {})
    const { error, advice, ms } = await failureAt(host)
    assert.equal(error.message, `'web1' (127.0.0.1:${host.port}) did not speak SSH within 2 s`)
    assert.match(advice, /raise `ssh.connectTimeout`/)
    assert.ok(ms >= LIMIT_MS - 5)
  })

  test('a host that talks on and on before SSH is given up', async () => {
    const host = await listen((socket) => {
      const timer = setInterval(() => socket.write('please wait\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    const { error } = await failureAt(host)
    assert.match(error.message, /did not speak SSH within 2 s: it says 'please wait please wait/)
  })

  test('a host that floods us before SSH is given up at once', async () => {
    const host = await listen((socket) => socket.write('no end\r\n'.repeat(100_000)))
    const { error } = await failureAt(host)
    assert.match(error.message, /does not speak SSH: it says 'no end/)
  })

  test('a host that stops in the middle of the handshake is given up', async () => {
    const host = await listen((socket) => socket.write('SSH-2.0-Stuck\r\n'))
    const { error } = await failureAt(host)
    assert.equal(
      error.message,
      `the SSH handshake with 'web1' (127.0.0.1:${host.port}) did not finish within 2 s`,
    )
  })

  test('a host that never answers the login is given up', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], silent: true })
    const { error } = await failureAt(host)
    assert.match(error.message, /^the login as 'alice' on 'web1' .* did not finish within 2 s$/)
    await host.close()
  })
})

describe('the error says', () => {
  test('that a host refused the connection, and which port it was', async () => {
    const host = await listen(() => {})
    host.close()
    const { error, advice } = await failureAt(host)
    assert.equal(error.message, `'web1' (127.0.0.1:${host.port}) refused the connection`)
    assert.ok(advice.includes(`listens on port ${host.port}, or set \`port\``))
    assert.ok(advice.includes(`ssh -v -p ${host.port} -i ${user.file} alice@127.0.0.1`))
  })

  test('that a name has no address', async () => {
    const { error, advice } = await failureAt(
      { port: 22 },
      { address: 'nowhere.invalid', connectTimeoutMs: 3000 },
    )
    assert.match(
      error.message,
      /^cannot reach 'web1'(: no address found for|: the name server does not answer for| \()/,
    )
    assert.match(advice, /ssh -v -i \S+ alice@nowhere.invalid/)
  })

  test('that a server speaks something else, in plain text', async () => {
    const host = await listen((socket) =>
      socket.end('HTTP/1.1 400 \u001b[31mBad\u0007\u202e Request\r\n\r\n'),
    )
    const { error } = await failureAt(host)
    assert.ok(error.message.endsWith(`does not speak SSH: it says 'HTTP/1.1 400 Bad Request'`), error.message)
  })

  for (const [how, turnAway, said] of [
    ['closes', (socket: Socket) => socket.end(), ''],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), ''],
    [
      'says so',
      (socket: Socket) => socket.end('Exceeded MaxStartups\r\n'),
      ": it says 'Exceeded MaxStartups'",
    ],
  ] as const) {
    test(`that a host kept closing the connection, when it ${how}, and may let us in later`, async () => {
      let times = 0
      const host = await listen((socket) => {
        times += 1
        turnAway(socket)
      })
      const { error, advice } = await failureAt(host, { connectTimeoutMs: 600 })
      assert.equal(
        error.message,
        `'web1' (127.0.0.1:${host.port}) kept closing the connection before the login, for 0.6 s${said}`,
      )
      assert.match(advice, /MaxStartups in sshd_config/)
      assert.ok(times > 1, `${times} times`)
    })
  }

  test('that a host broke off in the handshake', async () => {
    const host = await listen((socket) => socket.end('SSH-2.0-Gone\r\n'))
    assert.match((await failureAt(host)).error.message, /^the SSH handshake with 'web1' .* failed: /)
  })

  for (const [kind, name, words, keyword] of [
    ['kex', 'diffie-hellman-group1-sha1', 'key exchange', 'KexAlgorithms'],
    ['cipher', 'aes256-cbc', 'cipher', 'Ciphers'],
    ['hmac', 'hmac-md5', 'MAC', 'MACs'],
  ] as const) {
    test(`that there is no ${words} in common, with both lists and the way out`, async () => {
      const cipher = kind === 'hmac' ? { cipher: ['aes128-ctr'] } : {}
      const algorithms = { ...cipher, [kind]: [name] }
      const host = await startHost({ hostKeys: [hostKey.text], algorithms: algorithms as Algorithms })
      const { error, advice } = await failureAt(host, { connectTimeoutMs: 3000 })
      const start = `'web1' (127.0.0.1:${host.port}) and shipit have no ${words} in common: the host has ${name}`
      assert.ok(error.message.startsWith(start), error.message)
      assert.match(error.message, /, and shipit has \S+, /)
      assert.match(advice, new RegExp(`'${keyword}' in /etc/ssh/sshd_config\\. .*'${keyword} \\+${name}'`))
      await host.close()
    })
  }

  test('that a host closed the connection in the middle of the login', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], silent: true })
    setTimeout(() => host.die(), 150).unref()
    const { error } = await failureAt(host, { connectTimeoutMs: 3000 })
    assert.match(
      error.message,
      /closed the connection in the middle of the login as 'alice'|closed the connection/,
    )
    await host.close()
  })
})
