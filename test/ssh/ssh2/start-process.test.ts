import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import { ConnectionError } from '../../../src/errors.ts'
import type { RemoteProcess } from '../../../src/ssh/connection/remote-process.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { openConnection } from '../../../src/ssh/open-connection.ts'
import { makeFolder, withConnection } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

const MEGABYTE = 1024 * 1024
const LINES = 20_000
const folder = makeFolder()
const user = folder.writeKey('id')
const hostKey = makeKey()
let host: Awaited<ReturnType<typeof startHost>>
let sentBytes = 0

const COMMANDS: Record<string, (channel: ServerChannel) => void> = {
  three(channel) {
    channel.stderr.write('to stderr\n')
    channel.write('to stdout\n')
    channel.exit(3)
    channel.end()
  },
  killed(channel) {
    channel.exit('KILL', false, '')
    channel.end()
  },
  silent(channel) {
    channel.end()
  },
  stdin(channel) {
    channel.on('end', () => {
      channel.exit(0)
      channel.end('stdin ended\n')
    })
    channel.resume()
  },
  stderr(channel) {
    channel.stderr.write(`${'x'.repeat(MEGABYTE)}\u001b[31mthe end\u0007\n`)
    channel.exit(1)
    channel.end()
  },
  some: (channel) => send(channel, 5 * MEGABYTE),
  plenty: (channel) => send(channel, 50 * MEGABYTE),
  'too much'(channel) {
    // As if we had allowed it to send as much as it likes.
    const { outgoing } = channel as unknown as { outgoing: { window: number } }
    outgoing.window = 2 ** 31
    const chunk = Buffer.alloc(30_000, 'z')
    for (let sent = 0; sent < 14 * MEGABYTE; sent += chunk.length) channel.write(chunk)
  },
  async crumbs(channel) {
    for (let sent = 0; host.connections() > 0; sent += 1) {
      if (sent % 1000 === 0) await setImmediate()
      channel.write('.')
    }
  },
  async lines(channel) {
    for (let sent = 0; sent < LINES; sent += 1) {
      if (sent % 1000 === 0) await setImmediate()
      channel.write('a line of what a step prints\n')
    }
    channel.exit(0)
    channel.end()
  },
  half(channel) {
    channel.write('half\n', () => setTimeout(() => host.die(), 20))
  },
  forever(channel) {
    channel.write('begun\n')
  },
}

function send(channel: ServerChannel, bytes: number): void {
  sentBytes = 0
  const chunk = Buffer.alloc(64 * 1024, 'y')
  const write = () => {
    while (sentBytes < bytes) {
      sentBytes += chunk.length
      if (!channel.write(chunk)) return channel.once('drain', write)
    }
    channel.exit(0)
    return channel.end()
  }
  write()
}

before(async () => {
  host = await startHost({
    hostKeys: [hostKey.text],
    allow: [user.blob],
    onExec: (channel, command) => {
      channel.on('error', () => {})
      COMMANDS[command]?.(channel)
    },
  })
})
after(async () => {
  await host.close()
  folder.remove()
})

const settings = () => settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [user.file] })

async function readAll({ read }: RemoteProcess): Promise<string> {
  let text = ''
  await read((chunk) => {
    text += Buffer.from(chunk).toString()
    return undefined
  })
  return text
}

async function run(command: string) {
  return await withConnection(settings(), async (connection) => {
    const process = await connection.exec(command)
    return { stdout: await readAll(process), exit: await process.exit, stderr: process.stderr() }
  })
}

describe('a command on a host', () => {
  test('gives its output and its status, stderr apart', async () => {
    assert.deepEqual(await run('three'), {
      stdout: 'to stdout\n',
      exit: { status: 3 },
      stderr: 'to stderr',
    })
  })

  test('that was killed gives the signal', async () => {
    assert.deepEqual((await run('killed')).exit, { signal: 'SIGKILL' })
  })

  test('that ends without a status is lost', async () => {
    assert.deepEqual((await run('silent')).exit, { lost: true })
  })

  test('gets no stdin', async () => {
    assert.deepEqual((await run('stdin')).stdout, 'stdin ended\n')
  })

  test('keeps the last 4 KiB of stderr, fit to be shown', async () => {
    const { stderr } = await run('stderr')
    assert.ok(stderr.length <= 4096)
    assert.ok(stderr.endsWith('xxthe end'))
  })

  test('is slowed by a slow reader: 50 MB do not pile up here', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('plenty')
      let bytes = 0
      let takes = 0
      let sentMeanwhile = 0
      const slowly = async () => {
        await sleep(100)
        sentMeanwhile = sentBytes
      }
      await process.read((chunk) => {
        bytes += chunk.length
        takes += 1
        return takes === 1 ? slowly() : undefined
      })
      // 2 MiB of window, 2 MiB in each of the two streams, and what the sockets hold.
      assert.ok(sentMeanwhile > 0 && sentMeanwhile < 20 * MEGABYTE, `${sentMeanwhile} bytes`)
      assert.equal(bytes, 50 * MEGABYTE)
      assert.deepEqual(await process.exit, { status: 0 })
    })
  })

  test('whose output nobody wants any longer still tells how it ended', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('some')
      await process.read(() => 'enough')
      assert.deepEqual(await process.exit, { status: 0 })
    })
  })

  for (const [how, fail] of Object.entries({
    'at once': () => {
      throw new Error('no more')
    },
    later: () => Promise.reject(new Error('no more')),
  })) {
    test(`tells how it ended to a reader that failed ${how}, and asks it no more`, async () => {
      await withConnection(settings(), async (connection) => {
        const process = await connection.exec('some')
        let takes = 0
        const reading = process.read(() => {
          takes += 1
          return fail()
        })
        await assert.rejects(reading, /^Error: no more$/)
        assert.deepEqual(await process.exit, { status: 0 })
        assert.equal(takes, 1)
      })
    })
  }

  test('gives all that arrived to a reader that is slow when the host dies', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('half')
      let text = ''
      await process.read(async (chunk) => {
        await sleep(60)
        text += Buffer.from(chunk).toString()
      })
      assert.equal(text, 'half\n')
    })
  })

  test('that sends more than it may is cut off before it fills the memory', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('too much')
      for (let i = 0; host.connections() > 0 && i < 6000; i++) await sleep(10)
      assert.equal(host.connections(), 0)
      let bytes = 0
      await process.read((chunk) => {
        bytes += chunk.length
        return undefined
      })
      assert.ok(bytes < 12 * MEGABYTE, `${bytes} bytes`)
      assert.deepEqual(await process.exit, { lost: true })
    })
  })

  test('whose output comes byte by byte is cut off before it fills the memory', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('crumbs')
      const { promise: stopped, resolve: goOn } = Promise.withResolvers<void>()
      let bytes = 0
      const reading = process.read((chunk) => {
        bytes += chunk.length
        return stopped
      })
      for (let i = 0; host.connections() > 0 && i < 6000; i++) await sleep(10)
      assert.equal(host.connections(), 0)
      goOn()
      await reading
      assert.ok(bytes > LINES && bytes < 100_000, `${bytes} bytes`)
      assert.deepEqual(await process.exit, { lost: true })
    })
  })

  test('whose output comes line by line may wait for its reader', async () => {
    await withConnection(settings(), async (connection) => {
      const process = await connection.exec('lines')
      let lines = 0
      let takes = 0
      await process.read((chunk) => {
        lines += chunk.filter((byte) => byte === 10).length
        takes += 1
        return takes === 1 ? sleep(3000) : undefined
      })
      assert.deepEqual([lines, await process.exit], [LINES, { status: 0 }])
    })
  })

  test('is lost when the host dies in the middle, after the output that arrived', async () => {
    const { stdout, exit } = await run('half')
    assert.equal(stdout, 'half\n')
    assert.deepEqual(exit, { lost: true })
  })

  test('is lost when the connection is closed here', async () => {
    const connection = await openConnection(settings(), createIdentities())
    const process = await connection.exec('forever')
    const all = readAll(process)
    await sleep(20)
    connection.close()
    assert.equal(await all, 'begun\n')
    assert.deepEqual(await process.exit, { lost: true })
  })

  test('runs beside others on one connection', async () => {
    await withConnection(settings(), async (connection) => {
      const processes = await Promise.all([1, 2, 3, 4].map(() => connection.exec('three')))
      assert.deepEqual(await Promise.all(processes.map(readAll)), Array(4).fill('to stdout\n'))
    })
  })
})

describe('a command that does not start', () => {
  test('because the host refuses it is an error of the connection', async () => {
    const strict = await startHost({ hostKeys: [hostKey.text], allow: [user.blob] })
    await withConnection(settingsFor(strict, settings()), async (connection) => {
      await assert.rejects(connection.exec('three'), (error) => {
        assert.ok(error instanceof ConnectionError)
        assert.match(error.message, /^'web1' \(127.0.0.1:\d+\) did not start the command: /)
        return true
      })
    })
    await strict.close()
  })

  test('because the host never answers is given up within the time limit', async () => {
    const mute = await startHost({ hostKeys: [hostKey.text], allow: [user.blob], onSession: () => {} })
    const own = settingsFor(mute, { ...settings(), connectTimeoutMs: 400 })
    await withConnection(own, async (connection) => {
      await assert.rejects(connection.exec('three'), /did not start the command: no answer within 0.4 s/)
    })
    await mute.close()
  })

  test('because the connection is gone is an error of the connection', async () => {
    const connection = await openConnection(settings(), createIdentities())
    connection.close()
    await assert.rejects(connection.exec('three'), ConnectionError)
  })
})
