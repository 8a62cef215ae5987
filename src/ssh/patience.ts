// Reading with a time limit on the whole, so that neither silence nor endless noise keeps the reader.

/** Reads streams until a time limit, which can be lifted. It counts from the start. */
export class Patience {
  readonly #error: () => Error
  readonly #timer: NodeJS.Timeout
  #expired = false
  #giveUp = () => {}

  /** @param error is thrown by who reads when the limit has come */
  constructor(limitMs: number, error: () => Error) {
    this.#error = error
    this.#timer = setTimeout(() => {
      this.#expired = true
      this.#giveUp()
    }, limitMs).unref()
  }

  /** Lifts the limit. */
  end(): void {
    clearTimeout(this.#timer)
  }

  async *read(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks = stream[Symbol.asyncIterator]()
    try {
      for (;;) {
        const chunk = await this.#orGiveUp(chunks.next())
        if (chunk.done) return
        yield chunk.value
      }
    } finally {
      this.end()
      // not waited for: after the limit nothing may ever come
      chunks.return?.().catch(() => {})
    }
  }

  /** Not Promise.race with one promise for the limit: that would keep something of every chunk until then. */
  #orGiveUp<Result>(next: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => reject(this.#error())
      if (this.#expired) this.#giveUp()
      next.then(resolve, reject)
    })
  }
}
