// A stream to a third host, by way of one that we are logged in to (RFC 4254, 7.2).
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { TimeLimit } from '../connection/time-limit.ts'

/** Where to, and how long that may take. */
export type Forward = { address: string; port: number; limitMs: number }

/** Opens the stream. @throws Error when the host can't connect, may not, or does not answer in time */
export function forward(client: Client, { address, port, limitMs }: Forward): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const limit = new TimeLimit(limitMs, () => reject(new Error(`no answer within ${limitMs / 1000} s`)))
  let late = false
  promise.catch(() => {
    late = true
  })
  try {
    client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
      limit.end()
      if (error) return reject(new Error(plain(error.message), { cause: error }))
      if (late) channel.destroy()
      resolve(channel)
    })
  } catch (error) {
    limit.end()
    reject(error as Error)
  }
  return promise
}

/** ssh2 puts its own words in front of the host's. */
function plain(message: string): string {
  return message.replace(/^\(SSH\) Channel open failure: ?/, '') || 'it refused'
}
