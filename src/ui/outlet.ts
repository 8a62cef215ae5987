// A stream that a face writes to, which may be read slowly: a pipe into a pager, a program that thinks.

/** Writes text and says when there is room for more. */
export class Outlet {
  readonly #stream: NodeJS.WriteStream
  #room: Promise<void> | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** @returns what to wait for before more is written; nothing when there is room */
  write(text: string): Promise<void> | undefined {
    if (this.#stream.write(text)) return undefined
    this.#room ??= this.#untilRoom()
    return this.#room
  }

  /** A reader that has gone takes nothing, and so leaves room: what is written is thrown away. */
  async #untilRoom(): Promise<void> {
    const stream = this.#stream
    if (!stream.writableNeedDrain) return
    const { promise, resolve } = Promise.withResolvers<void>()
    stream.on('drain', resolve).on('close', resolve)
    await promise
    stream.off('drain', resolve).off('close', resolve)
    this.#room = undefined
  }
}
