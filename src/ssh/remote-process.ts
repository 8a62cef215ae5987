// One command on a host: its output as it comes, how it ended, and never more in memory than a reader leaves there.
import type { Socket } from 'node:net'
import type { Client, ClientChannel } from 'ssh2'
import { cleanLine, cleanLines } from './clean-text.ts'

/** How a command ended: by itself, by a signal, or nobody knows, since the connection died. */
export type RemoteExit = { status?: number; signal?: string; lost?: true }

/** A command that runs on a host. */
export type RemoteProcess = {
  /** its output, once; a slow reader slows the host. Ends as well when the connection dies: `exit` tells */
  stdout: AsyncIterable<Uint8Array>
  /** Says what it wrote to stderr lately (4 KiB), fit to be shown. */
  stderr: () => string
  /** comes after all output was read */
  exit: Promise<RemoteExit>
}

const STDERR_BYTES = 4096
/** ssh2 lets a host send 2 MiB ahead of the reader; a host that sends much more ignores what it was told. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** ssh2 answers whatever a host asks; a host that asks on and on and does not read the answers is not to fill the memory. */
const MAX_UNSENT_BYTES = 1024 * 1024

/**
 * Starts a command, without stdin.
 * @throws Error when the host does not start it
 */
export async function startRemoteProcess(
  client: Client,
  socket: Socket,
  command: string,
): Promise<RemoteProcess> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  channel.end()
  channel.on('error', () => socket.destroy())
  let tail = Buffer.alloc(0)
  channel.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-STDERR_BYTES))
  })
  const guard = () => {
    if (channel.readableLength > MAX_UNREAD_BYTES || socket.writableLength > MAX_UNSENT_BYTES)
      socket.destroy()
    // Thousands of tiny packets cost seconds: between two reads a Ctrl-C, a timer and the screen have their turn.
    socket.pause()
    setImmediate(() => socket.resume())
  }
  socket.on('data', guard)
  let closed = false
  const exit = new Promise<RemoteExit>((resolve) => {
    channel.once('close', (status: unknown, signal: unknown) => {
      closed = true
      socket.off('data', guard)
      resolve(readExit(status, signal))
    })
  })
  return { stdout: readOutput(channel, () => closed), stderr: () => cleanLines(tail.toString('utf8')), exit }
}

/** Chunk by chunk, as they came: the stream's own iterator joins all that waits, which a fast host makes 2 MiB. */
async function* readOutput(channel: ClientChannel, isClosed: () => boolean): AsyncGenerator<Uint8Array> {
  let chunk: Buffer | undefined
  let wake = () => {}
  const take = (bytes: Buffer) => {
    channel.pause()
    chunk = bytes
    wake()
  }
  const look = () => wake()
  channel.on('data', take).on('end', look).on('close', look)
  try {
    while (!channel.readableEnded && !(isClosed() && channel.readableLength === 0)) {
      channel.resume()
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      if (chunk) yield chunk
      chunk = undefined
    }
  } finally {
    // Who stops reading lets the rest pass by, or the end would never come.
    channel.off('data', take).resume()
  }
}

function readExit(status: unknown, signal: unknown): RemoteExit {
  if (typeof status === 'number') return { status }
  if (typeof signal === 'string') return { signal: cleanLine(signal) }
  return { lost: true }
}
