// The end of what a program has said: its last words explain a failure.
import { cleanLines } from './clean-text.ts'
import { hasSecrets } from './secrets.ts'

/** Keeps the last bytes of a stream. */
export class Tail {
  readonly #mostBytes: number
  #kept = Buffer.alloc(0)
  #isCut = false

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#kept, bytes])
    this.#isCut ||= all.length > this.#mostBytes
    this.#kept = Buffer.from(all.subarray(-this.#mostBytes))
  }

  /** As it came. Where there are secrets it begins with a whole line or word: half a secret would not be known as one. */
  get text(): string {
    if (!this.#isCut || !hasSecrets()) return this.#kept.toString('utf8')
    const end = this.#kept.indexOf('\n')
    const seam = end >= 0 && end < this.#kept.length - 1 ? end : this.#kept.indexOf(' ')
    return this.#kept.subarray(seam + 1).toString('utf8')
  }

  /** Safe to be shown. */
  get lines(): string[] {
    return cleanLines(this.text)
  }
}
