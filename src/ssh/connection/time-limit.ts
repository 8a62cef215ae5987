// One clock for a whole login. It stands still while a person is asked something.

/** A time limit that can be held. */
export class TimeLimit {
  readonly #onExpiry: () => void
  #leftMs: number
  #startedMs = 0
  #timer: NodeJS.Timeout | undefined
  #holds = 0
  #ended = false

  constructor(limitMs: number, onExpiry: () => void) {
    this.#leftMs = limitMs
    this.#onExpiry = onExpiry
    this.#run()
  }

  /** Does some work that doesn't count. */
  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#holds++ === 0) this.#stop()
    try {
      return await work()
    } finally {
      if (--this.#holds === 0) this.#run()
    }
  }

  /** Ends the limit: it no longer expires. */
  end(): void {
    this.#ended = true
    this.#stop()
  }

  #run(): void {
    if (this.#ended) return
    this.#startedMs = performance.now()
    this.#timer = setTimeout(this.#onExpiry, this.#leftMs)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#startedMs))
  }
}
