// Takes the answer of a host apart: what comes before the hello is noise of the login; after it everything is frames, each an
// event or a count of bytes of output that follow it. No byte of output is looked at, so none can be taken for an event.
import type { Event } from './event.ts'
import { parseEvent } from './parse-event.ts'

/** A control line begins with this byte. */
const MARK = 0x1e
const NEWLINE = 0x0a

/** No control line is longer. */
export const MAX_EVENT_BYTES = 8192

/** The head of a frame of output, in its one form: as many bytes follow. */
const OUTPUT = /^\{"event":"output","size":(0|[1-9][0-9]{0,14})\}$/

export type Piece =
  /** `left`: so many bytes of the same frame are still to come */
  | { type: 'output'; bytes: Uint8Array; left: number }
  | { type: 'event'; event: Event }
  /** an event that this version does not know, or one in another form: to be counted and passed over */
  | { type: 'unknown' }
  /** a byte that belongs to no frame: nothing that comes after it can be trusted */
  | { type: 'broken' }

/** Feed it chunks as they come. Of output it holds nothing back, of a control line what there is of it. */
export class FrameReader {
  /** what each control line begins with */
  readonly #start: Buffer
  #held: Buffer = Buffer.alloc(0)
  /** bytes of output that are still to come */
  #left = 0
  #state: 'noise' | 'frames' | 'broken' = 'noise'

  /** @param session the token that finds the hello in the noise; it is not secret */
  constructor(session: string) {
    this.#start = Buffer.from(`\x1e${session} `, 'latin1')
  }

  /** Yields what the chunk completes. */
  *push(chunk: Uint8Array): Generator<Piece> {
    if (this.#state === 'broken') return
    let bytes = asBuffer(chunk)
    if (this.#held.length > 0) bytes = Buffer.concat([this.#held, bytes])
    this.#held = Buffer.alloc(0)
    if (this.#state === 'noise') {
      const hello = this.#findHello(bytes)
      if (!hello) return
      this.#state = 'frames'
      yield { type: 'event', event: hello.event }
      bytes = hello.rest
    }
    while (bytes.length > 0 && this.#state === 'frames') {
      if (this.#left > 0) {
        const output = bytes.subarray(0, this.#left)
        this.#left -= output.length
        bytes = bytes.subarray(output.length)
        yield { type: 'output', bytes: output, left: this.#left }
        continue
      }
      const end = bytes.subarray(0, MAX_EVENT_BYTES + 1).indexOf(NEWLINE)
      if (!this.#begins(bytes) || (end < 0 && bytes.length > MAX_EVENT_BYTES)) break
      if (end < 0) {
        this.#held = Buffer.from(bytes)
        return
      }
      const piece = this.#readLine(bytes.subarray(this.#start.length, end).toString('utf8'))
      if (piece === 'broken') break
      bytes = bytes.subarray(end + 1)
      if (piece !== 'output') yield piece
    }
    if (bytes.length === 0) return
    this.#state = 'broken'
    yield { type: 'broken' }
  }

  /** The first control line that is a hello, and what comes after it. What may become one is held back. */
  #findHello(bytes: Buffer): { event: Event; rest: Buffer } | undefined {
    for (let mark = bytes.indexOf(this.#start); mark >= 0; mark = bytes.indexOf(this.#start, mark + 1)) {
      const end = findEnd(bytes, mark)
      if (end < 0 && bytes.length - mark <= MAX_EVENT_BYTES) {
        this.#held = Buffer.from(bytes.subarray(mark))
        return undefined
      }
      if (bytes[end] !== NEWLINE) continue
      const event = parseEvent(bytes.subarray(mark + this.#start.length, end).toString('utf8'))
      if (event?.event === 'hello') return { event, rest: bytes.subarray(end + 1) }
    }
    this.#held = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#start.length + 1)))
    return undefined
  }

  /** What is there of a control line is how one begins. */
  #begins(bytes: Buffer): boolean {
    const length = Math.min(bytes.length, this.#start.length)
    return bytes.compare(this.#start, 0, length, 0, length) === 0
  }

  #readLine(json: string): Piece | 'output' | 'broken' {
    const size = OUTPUT.exec(json)?.[1]
    if (size !== undefined) {
      this.#left = Number(size)
      return 'output'
    }
    if (!json.startsWith('{') || !json.endsWith('}')) return 'broken'
    const event = parseEvent(json)
    return event ? { type: 'event', event } : { type: 'unknown' }
  }
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
