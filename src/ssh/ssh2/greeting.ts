// What a host sends first: who it is, and its lists for the handshake. Nothing rests on it but the words of an error.
import type { Algorithms } from '../settings/algorithms.ts'
import { readOffer } from './read-offer.ts'

const SHOWN_BYTES = 512
/** As much is looked at. */
const MAX_BYTES = 16 * 1024
/** RFC 4253, 4.2: lines may come before it. */
const IDENTIFICATION = /\nSSH-/

export class Greeting {
  /** it has said that it speaks SSH */
  isSsh = false
  #shown = ''
  #lastBytes = '\n'
  #first: Buffer = Buffer.alloc(0)

  /** @returns 'enough' once nothing more is of interest */
  take(bytes: Buffer): 'enough' | undefined {
    if (this.#first.length < MAX_BYTES)
      this.#first = Buffer.concat([this.#first, bytes]).subarray(0, MAX_BYTES)
    if (!this.isSsh) {
      const text = bytes.toString('latin1')
      this.#shown = (this.#shown + text).slice(0, SHOWN_BYTES)
      this.isSsh = IDENTIFICATION.test(this.#lastBytes + text)
      this.#lastBytes = (this.#lastBytes + text).slice(-4)
    }
    return this.isSsh && (this.#first.length === MAX_BYTES || this.offered) ? 'enough' : undefined
  }

  /** What it said before it spoke SSH, or instead. */
  get text(): string {
    return Buffer.from(this.#shown, 'latin1').toString('utf8')
  }

  /** What it offers for the handshake, if that came. */
  get offered(): Algorithms | undefined {
    return readOffer(this.#first)
  }
}
