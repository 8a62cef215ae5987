// The last lines of something long, in bounded memory.

/** Kept at most, whatever the lines' length. */
const MAX_CHARACTERS = 128 * 1024

/** Keeps the newest lines. */
export class LineRing {
  readonly #limit: number
  #lines: string[] = []
  #characters = 0
  #seen = 0

  constructor(limit = 200) {
    this.#limit = limit
  }

  push(lines: readonly string[]): void {
    this.#seen += lines.length
    for (const line of lines.slice(-this.#limit)) {
      // copied, so that a short line does not keep the long text alive that it was cut from
      this.#lines.push(Buffer.from(line).toString())
      this.#characters += line.length
    }
    // not at every line: moving all of them has its price
    if (this.#lines.length >= 2 * this.#limit || this.#characters > 2 * MAX_CHARACTERS) this.#trim()
  }

  clear(): void {
    this.#lines = []
    this.#characters = 0
    this.#seen = 0
  }

  get last(): string | undefined {
    return this.#lines.at(-1)
  }

  /** How many lines there were in all. */
  get seen(): number {
    return this.#seen
  }

  tail(count: number): string[] {
    return this.#lines.slice(-Math.min(count, this.#limit))
  }

  #trim(): void {
    let from = this.#lines.length
    let characters = 0
    while (from > Math.max(0, this.#lines.length - this.#limit)) {
      const length = (this.#lines[from - 1] as string).length
      if (characters + length > MAX_CHARACTERS) break
      characters += length
      from -= 1
    }
    this.#lines = this.#lines.slice(from)
    this.#characters = characters
  }
}
