// A stream that a face writes to, which may be read slowly: a pipe into a pager, or into a program that thinks.

/** Writes text and says when there is room for more. */
export class Outlet {
  readonly #stream: NodeJS.WriteStream
  /** the same for all who wait */
  #room: Promise<void> | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** @returns what to wait for before more is written; nothing when there is room */
  write(...texts: readonly (string | Uint8Array)[]): Promise<void> | undefined {
    for (const text of texts) this.#stream.write(text)
    // false as well for a reader that has gone: what is written to it is thrown away
    if (!this.#stream.writableNeedDrain) return undefined
    this.#room ??= this.#untilRoom()
    return this.#room
  }

  async #untilRoom(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stream.on('drain', resolve).on('close', resolve)
    await promise
    this.#stream.off('drain', resolve).off('close', resolve)
    this.#room = undefined
  }
}
