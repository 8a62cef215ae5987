// The last lines of something long, in bounded memory.
import { type Block, linesOf } from '../../safe-text/block.ts'

/** Kept at most, whatever the lines' length. */
const MAX_CHARACTERS = 128 * 1024

/** Keeps the newest lines. */
export class LineRing {
  readonly #limit: number
  #lines: string[] = []
  /** of the last push, as they came: most are overtaken by the next one */
  #recent: readonly Block[] = []
  #characters = 0
  #seen = 0

  constructor(limit = 200) {
    this.#limit = limit
  }

  push(blocks: readonly Block[]): void {
    if (blocks.length === 0) return
    let count = 0
    for (const block of blocks) count += block.count
    this.#seen += count
    if (count >= this.#limit) {
      this.#lines = []
      this.#characters = 0
    } else this.#settle()
    this.#recent = blocks
  }

  #settle(): void {
    for (const line of linesOf(this.#recent).slice(-this.#limit)) {
      // copied, so that a short line does not keep the long text alive that it was cut from
      this.#lines.push(Buffer.from(line).toString())
      this.#characters += line.length
    }
    this.#recent = []
    // not at every line: moving all of them has its price
    if (this.#lines.length >= 2 * this.#limit || this.#characters > 2 * MAX_CHARACTERS) this.#trim()
  }

  clear(): void {
    this.#lines = []
    this.#recent = []
    this.#characters = 0
    this.#seen = 0
  }

  get last(): string | undefined {
    const text = this.#recent.at(-1)?.text
    return text === undefined
      ? this.#lines.at(-1)
      : text.slice(text.lastIndexOf('\n', text.length - 2) + 1, -1)
  }

  /** How many lines there were in all. */
  get seen(): number {
    return this.#seen
  }

  tail(count: number): string[] {
    this.#settle()
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
