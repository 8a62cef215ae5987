// Bytes of hundreds of hosts may come in one turn of the event loop, and each host's can be milliseconds of work. Once a turn has been long,
// what else comes waits for the next ones: between them a Ctrl-C, a timer and the screen have their turn.
import type { Duplex } from 'node:stream'

/** A turn in which bytes are taken as they come. */
const TURN_MS = 10
/** Of a turn, for the bytes that had to wait: more come in it. */
const WAITING_MS = 5

type Read = (bytes: Buffer) => void
type Waiting = { stream: Duplex; reader: Read; bytes: Buffer }

/** The one of all connections. */
export class Breath {
  #beganMs: number | undefined
  /** in the order in which they came; a stream that has bytes here is paused */
  #waiting: Waiting[] = []

  /** Comes between a stream and the next one that begins to read it. */
  join(stream: Duplex): void {
    const wait = (event: string | symbol, reader: Read) => {
      if (event !== 'data') return
      stream.off('newListener', wait)
      // it is about to be added
      queueMicrotask(() => this.#comeBetween(stream, reader))
    }
    stream.on('newListener', wait)
  }

  #comeBetween(stream: Duplex, reader: Read): void {
    const take = (bytes: Buffer) => {
      if (this.#hasTime()) return reader(bytes)
      stream.pause()
      this.#waiting.push({ stream, reader, bytes })
    }
    stream.on('data', take).off('data', reader)
  }

  #hasTime(): boolean {
    if (this.#beganMs !== undefined)
      return this.#waiting.length === 0 && performance.now() - this.#beganMs < TURN_MS
    this.#beganMs = performance.now()
    setImmediate(this.#nextTurn)
    return true
  }

  readonly #nextTurn = (): void => {
    const beganMs = performance.now()
    let taken = 0
    for (const { stream, reader, bytes } of this.#waiting) {
      if (performance.now() - beganMs > WAITING_MS) break
      taken += 1
      // one that has died was told so
      if (!stream.destroyed) reader(bytes)
      stream.resume()
    }
    this.#waiting.splice(0, taken)
    this.#beganMs = undefined
    if (this.#waiting.length === 0) return
    this.#beganMs = performance.now()
    setImmediate(this.#nextTurn)
  }
}
