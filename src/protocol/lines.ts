// Splits the bytes that come from a host into output and events. An event may begin in the middle of a line, since a step's
// last line may lack its newline; what looks like one and bears no known token is output.
import { type Event, parseEvent } from './event.ts'

/** A control line begins with this byte. */
const MARK = 0x1e
const NEWLINE = 0x0a
const TOKEN_CHARACTERS = 32

/** No event is longer; what is, is output. */
export const MAX_EVENT_BYTES = 8192

export type Piece =
  | { type: 'output'; bytes: Uint8Array }
  /** `token` is the one that the line bore */
  | { type: 'event'; event: Event; token: string }

/**
 * A splitter with the tokens that count so far. Feed it chunks as they come; it holds back at most one event's bytes.
 */
export class LineSplitter {
  readonly #tokens: Set<string>
  #held: Buffer = Buffer.alloc(0)

  constructor(...tokens: string[]) {
    this.#tokens = new Set(tokens)
  }

  /** Lets lines with this token count from now on. */
  accept(token: string): void {
    this.#tokens.add(token)
  }

  /**
   * Yields what the chunk completes. Stop and go on at will: a token that is accepted between two pieces counts for the next.
   */
  *push(chunk: Uint8Array): Generator<Piece> {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : asBuffer(chunk)
    this.#held = Buffer.alloc(0)
    let from = 0
    while (bytes.length > 0) {
      const mark = bytes.indexOf(MARK, from)
      if (mark < 0) {
        yield { type: 'output', bytes }
        return
      }
      if (!this.#mayBearToken(bytes.subarray(mark + 1))) {
        from = mark + 1
        continue
      }
      if (mark > 0) yield { type: 'output', bytes: bytes.subarray(0, mark) }
      bytes = bytes.subarray(mark)
      from = 0
      const newline = bytes.subarray(0, MAX_EVENT_BYTES + 1).indexOf(NEWLINE)
      if (newline < 0 && bytes.length <= MAX_EVENT_BYTES) {
        this.#held = Buffer.from(bytes)
        return
      }
      const event = newline < 0 ? undefined : this.#readEvent(bytes.subarray(1, newline))
      if (event) {
        yield event
        bytes = bytes.subarray(newline + 1)
      } else {
        from = 1
      }
    }
  }

  /** Yields what is held back when the stream has ended. */
  *end(): Generator<Piece> {
    if (this.#held.length > 0) yield { type: 'output', bytes: this.#held }
    this.#held = Buffer.alloc(0)
  }

  #mayBearToken(afterMark: Buffer): boolean {
    const head = afterMark.subarray(0, TOKEN_CHARACTERS).toString('latin1')
    for (const token of this.#tokens) if (token.startsWith(head)) return true
    return false
  }

  #readEvent(line: Buffer): Piece | undefined {
    const token = line.subarray(0, TOKEN_CHARACTERS).toString('latin1')
    if (!this.#tokens.has(token) || line[TOKEN_CHARACTERS] !== 0x20) return undefined
    const event = parseEvent(line.subarray(TOKEN_CHARACTERS + 1).toString('utf8'))
    return event && { type: 'event', event, token }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
