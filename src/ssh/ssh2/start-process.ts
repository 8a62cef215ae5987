// One command on a host: its output as it comes, how it ended, and never more in memory than a reader leaves there.
import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { Tail } from '../../safe-text/tail.ts'
import { readOutput } from '../connection/read-output.ts'
import type { RemoteExit, RemoteProcess } from '../connection/remote-process.ts'
import { YoungGarbage } from '../connection/young-garbage.ts'

const STDERR_BYTES = 4096
/** ssh2 lets a host send 2 MiB ahead of the reader; a host that sends much more ignores what it was told. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/**
 * While nobody reads, each packet that waits takes more than a kilobyte of memory, however little it holds, and some 50 bytes of the link
 * besides its content. So many of those are 40,000 packets: hours of what a run prints line by line.
 */
const MAX_UNREAD_WRAPPING_BYTES = 2 * 1024 * 1024
/** ssh2 answers whatever a host asks; a host that asks on and on and does not read the answers is not to fill the memory. */
const MAX_UNSENT_BYTES = 1024 * 1024

/**
 * Starts a command.
 * @param stdin `open` if it is to be sent something later; else its stdin ends at once
 * @throws Error when the host does not start it
 */
export async function startRemoteProcess(
  client: Client,
  stream: Duplex,
  command: string,
  stdin?: 'open',
): Promise<RemoteProcess> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  if (stdin !== 'open') channel.end()
  channel.on('error', () => stream.destroy())
  const tail = new Tail(STDERR_BYTES)
  const garbage = new YoungGarbage()
  channel.stderr.on('data', (chunk: Buffer) => {
    garbage.note(chunk.length)
    tail.add(chunk)
  })
  // over the link, since it is not read
  let receivedUnread = 0
  const guard = (bytes: Uint8Array) => {
    receivedUnread = channel.readableFlowing ? 0 : receivedUnread + bytes.length
    const unread = channel.readableLength
    const isFlooded = unread > MAX_UNREAD_BYTES || receivedUnread - unread > MAX_UNREAD_WRAPPING_BYTES
    if (isFlooded || stream.writableLength > MAX_UNSENT_BYTES) stream.destroy()
  }
  stream.on('data', guard)
  let closed = false
  const exit = new Promise<RemoteExit>((resolve) => {
    channel.once('close', (status: unknown, signal: unknown) => {
      closed = true
      stream.off('data', guard)
      resolve(readExit(status, signal))
    })
  })
  return {
    read: (take) => readOutput(channel, () => closed, take),
    send: (text) => {
      if (channel.writable) channel.write(text)
    },
    stderr: () => tail.lines.join('\n'),
    exit,
  }
}

function readExit(status: unknown, signal: unknown): RemoteExit {
  if (typeof status === 'number') return { status }
  if (typeof signal === 'string') return { signal: cleanQuote(signal) }
  return { lost: true }
}
