// Splits the bytes that come from a host into output and events. An event may begin in the middle of a line, since a step's
// last line may lack its newline; what looks like one and bears no known token is output.
import type { Event } from './event.ts'
import { parseEvent } from './parse-event.ts'

/** A control line begins with this byte. */
const MARK = 0x1e
const NEWLINE = 0x0a
const TOKEN_CHARACTERS = 32

/** After so many bytes without a mark it pays to have the next one looked for natively. */
const QUIET_BYTES = 256

/** No event is longer; what is, is output. */
export const MAX_EVENT_BYTES = 8192

export type Piece =
  | { type: 'output'; bytes: Uint8Array }
  /** `token` is the one that the line bore, `size` the line's length in bytes */
  | { type: 'event'; event: Event; token: string; size: number }

/**
 * A splitter with the tokens that count so far. Feed it chunks as they come; it holds back at most one event's bytes.
 */
export class LineSplitter {
  readonly #tokens: string[]
  #held: Buffer = Buffer.alloc(0)

  constructor(...tokens: string[]) {
    this.#tokens = tokens
  }

  /** Lets lines with this token count from now on. */
  accept(token: string): void {
    this.#tokens.push(token)
  }

  /**
   * Yields what the chunk completes. Stop and go on at will: a token that is accepted between two pieces counts for the next.
   */
  *push(chunk: Uint8Array): Generator<Piece> {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : asBuffer(chunk)
    this.#held = Buffer.alloc(0)
    let from = 0
    while (bytes.length > 0) {
      const mark = findMark(bytes, from, this.#tokens)
      if (mark < 0) {
        yield { type: 'output', bytes }
        return
      }
      const end = findEnd(bytes, mark)
      if (end < 0 && bytes.length - mark <= MAX_EVENT_BYTES) {
        if (mark > 0) yield { type: 'output', bytes: bytes.subarray(0, mark) }
        this.#held = Buffer.from(bytes.subarray(mark))
        return
      }
      const event = bytes[end] === NEWLINE ? this.#readEvent(bytes.subarray(mark + 1, end)) : undefined
      if (event) {
        if (mark > 0) yield { type: 'output', bytes: bytes.subarray(0, mark) }
        yield event
        bytes = bytes.subarray(end + 1)
        from = 0
      } else {
        from = end < 0 ? mark + 1 : end
      }
    }
  }

  /** Yields what is held back when the stream has ended. */
  *end(): Generator<Piece> {
    if (this.#held.length > 0) yield { type: 'output', bytes: this.#held }
    this.#held = Buffer.alloc(0)
  }

  #readEvent(line: Buffer): Piece | undefined {
    const token = line.subarray(0, TOKEN_CHARACTERS).toString('latin1')
    if (!this.#tokens.includes(token) || line[TOKEN_CHARACTERS] !== 0x20) return undefined
    const event = parseEvent(line.subarray(TOKEN_CHARACTERS + 1).toString('utf8'))
    return event && { type: 'event', event, token, size: line.length + 2 }
  }
}

/** Finds the next mark that one of the tokens follows, as far as the bytes go. */
function findMark(bytes: Buffer, from: number, tokens: readonly string[]): number {
  // not indexOf at each mark: a host may send marks alone, and each call of it costs more than a hundred bytes of this
  let quiet = QUIET_BYTES
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== MARK) {
      if (++quiet < QUIET_BYTES) continue
      at = bytes.indexOf(MARK, at)
      if (at < 0) return -1
    }
    quiet = 0
    if (bytes[at + 1] !== MARK && tokens.some((token) => mayBe(token, bytes, at + 1))) return at
  }
  return -1
}

function mayBe(token: string, bytes: Buffer, from: number): boolean {
  const length = Math.min(TOKEN_CHARACTERS, bytes.length - from)
  for (let at = 0; at < length; at++) if (bytes[from + at] !== token.charCodeAt(at)) return false
  return true
}

/** Finds where the line of a mark ends: at a newline, or at the next mark, which JSON can't hold. */
function findEnd(bytes: Buffer, mark: number): number {
  const limit = Math.min(bytes.length, mark + 1 + MAX_EVENT_BYTES)
  for (let at = mark + 1; at < limit; at++) if (bytes[at] === NEWLINE || bytes[at] === MARK) return at
  return -1
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
