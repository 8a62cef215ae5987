// Reads the output of a command as it comes: never more in memory than the reader leaves there.
import type { Readable } from 'node:stream'
import type { Take } from './remote-process.ts'
import { YoungGarbage } from './young-garbage.ts'

/** Reads to the end, or until `take` has had enough. `isClosed` says that no more can come. */
export function readOutput(
  channel: Readable,
  isClosed: () => boolean,
  take: Take<Uint8Array>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const garbage = new YoungGarbage()
  let state: 'reading' | 'waiting' | 'over' = 'reading'
  const end = (settle: () => void) => {
    state = 'over'
    settle()
    // Who stops reading lets the rest pass by, or the end would never come.
    channel.resume()
  }
  const fail = (error: unknown) => end(() => reject(error))
  const goOn = () => {
    state = 'reading'
    channel.resume()
    look()
  }
  const look = () => {
    if (state !== 'reading') return
    if (channel.readableEnded || (isClosed() && channel.readableLength === 0)) end(resolve)
  }
  const onData = (bytes: Buffer) => {
    if (state === 'over') return
    garbage.note(bytes.length)
    try {
      const took = take(bytes)
      if (took === 'enough') return end(resolve)
      if (!took) return look()
      state = 'waiting'
      channel.pause()
      took.then(goOn, fail)
    } catch (error) {
      fail(error)
    }
  }
  channel.on('data', onData).on('end', look).on('close', look)
  look()
  return promise
}
