// A stream that a face writes to, which may be read slowly: a pipe into a pager, or into a program that thinks.

/** Of so many, lines come in the same moment. */
const MANY = 16

/** Writes text and says when there is room for more. */
export class Outlet {
  readonly #stream: NodeJS.WriteStream
  readonly #isGatherer: boolean
  /** what is written in this turn of the event loop is kept together */
  #isGathering = false
  /** the same for all who wait */
  #room: Promise<void> | undefined

  /** @param writers of many, each with a line, what comes in one turn of the event loop is written at once */
  constructor(stream: NodeJS.WriteStream, writers = 1) {
    this.#stream = stream
    this.#isGatherer = writers >= MANY
  }

  /** @returns what to wait for before more is written; nothing when there is room */
  write(...texts: readonly (string | Uint8Array)[]): Promise<void> | undefined {
    for (const text of texts) {
      if (this.#isGatherer) this.#gather(text.length)
      this.#stream.write(text)
    }
    // false as well for a reader that has gone: what is written to it is thrown away
    if (!this.#stream.writableNeedDrain) return undefined
    this.#room ??= this.#untilRoom()
    return this.#room
  }

  /** Not more than the stream has room for. */
  #gather(length: number): void {
    const { writableLength, writableHighWaterMark } = this.#stream
    const hasRoom = writableLength + length < writableHighWaterMark
    if (this.#isGathering && !hasRoom) this.flush()
    if (this.#isGathering || !hasRoom) return
    this.#isGathering = true
    this.#stream.cork()
    process.once('exit', this.flush)
    setImmediate(this.flush)
  }

  /** Writes what is kept. */
  readonly flush = (): void => {
    if (!this.#isGathering) return
    this.#isGathering = false
    process.off('exit', this.flush)
    this.#stream.uncork()
  }

  async #untilRoom(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stream.on('drain', resolve).on('close', resolve)
    await promise
    this.#stream.off('drain', resolve).off('close', resolve)
    this.#room = undefined
  }
}
