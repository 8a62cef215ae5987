// Lines of a host's output on their way to a face, many at once: a step may print millions, and each by itself is too many.
import { findNewlines } from './plain-text.ts'

const NEWLINE = 0x0a
const WORD_BYTES = 8
const TURN_BYTES = 16

/** One line or more, safe to show, each with its newline. */
export class Block {
  /** where all is plain ASCII: what the host sent */
  readonly bytes: Buffer | undefined
  #text: string | undefined
  #count: number | undefined

  /** @param of a text, or bytes of plain ASCII with how many lines they are (`countPlainLines`) */
  constructor(...of: [text: string] | [bytes: Buffer, count: number]) {
    if (of.length === 1) this.#text = of[0]
    else [this.bytes, this.#count] = of
  }

  get text(): string {
    this.#text ??= this.bytes?.toString('latin1') ?? ''
    return this.#text
  }

  /** How many lines it is. */
  get count(): number {
    this.#count ??= countNewlines(this.text)
    return this.#count
  }
}

function countNewlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** The lines of blocks, one by one, without newlines. */
export function linesOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ text }) => text.slice(0, -1).split('\n'))
}

/**
 * Puts a text before and after each line of blocks, before the newline.
 * @returns bytes where all of it is ASCII: made from a text as it is written, they take several times as long
 */
export function wrapLines(
  blocks: readonly Block[],
  { before, after = '' }: { before: string; after?: string },
): Buffer | string {
  const between = `${after}\n${before}`
  const isAscii = isAsciiText(between) && blocks.every((block) => block.bytes || isAsciiText(block.text))
  if (isAscii) return wrapAscii(blocks, before, between)
  const replacement = between.replaceAll('$', '$$$$')
  return blocks
    .map(({ text }) => `${before}${text.slice(0, -1).replaceAll('\n', replacement)}${after}\n`)
    .join('')
}

function isAsciiText(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

function wrapAscii(blocks: readonly Block[], before: string, between: string): Buffer {
  const all = blocks.map((block) => block.bytes ?? Buffer.from(block.text, 'latin1'))
  const length = all.reduce((sum, { length }) => sum + length, 0)
  const lines = blocks.reduce((sum, { count }) => sum + count, 0)
  const seam = new Seam(between)
  const out = Buffer.allocUnsafe(before.length + length + lines * seam.length + TURN_BYTES)
  let to = out.write(before, 'latin1')
  for (const bytes of all) to = seam.copy(bytes, out, to)
  // no line begins after the last
  return out.subarray(0, to - before.length)
}

/** What stands in the place of a newline. It writes more than a byte at a time, and the last ones may be too many. */
class Seam {
  readonly length: number
  /** numbers keep their bytes, for no ASCII is a NaN */
  readonly #words: Float64Array

  constructor(text: string) {
    this.length = text.length
    const bytes = Buffer.alloc(Math.ceil(text.length / WORD_BYTES) * WORD_BYTES)
    bytes.write(text, 'latin1')
    this.#words = new Float64Array(bytes.length / WORD_BYTES).map((_, at) =>
      bytes.readDoubleLE(at * WORD_BYTES),
    )
  }

  /** Copies ASCII with this for each newline. Returns where it ends; beyond it there must be room for `TURN_BYTES`. */
  copy(bytes: Buffer, out: Buffer, start: number): number {
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const into = new DataView(out.buffer, out.byteOffset, out.length)
    const words = this.#words
    const length = this.length
    const lastTurn = bytes.length - TURN_BYTES
    let to = start
    let at = 0
    while (at < bytes.length) {
      if (at <= lastTurn) {
        const a = from.getInt32(at, true)
        const b = from.getInt32(at + 4, true)
        const c = from.getInt32(at + 8, true)
        const d = from.getInt32(at + 12, true)
        into.setInt32(to, a, true)
        into.setInt32(to + 4, b, true)
        into.setInt32(to + 8, c, true)
        into.setInt32(to + 12, d, true)
        const before =
          (findNewlines(a) | findNewlines(b) | findNewlines(c) | findNewlines(d)) === 0
            ? TURN_BYTES
            : indexOfNewline(a, b, c, d)
        at += before
        to += before
        if (before === TURN_BYTES) continue
      } else if (bytes[at] !== NEWLINE) {
        out[to++] = bytes[at++] as number
        continue
      }
      at += 1
      for (let index = 0; index < words.length; index += 1)
        into.setFloat64(to + WORD_BYTES * index, words[index] as number, true)
      to += length
    }
    return to
  }
}

/** The place of the first newline in sixteen bytes that have one. */
function indexOfNewline(a: number, b: number, c: number, d: number): number {
  if (findNewlines(a) !== 0) return indexInWord(a)
  if (findNewlines(b) !== 0) return 4 + indexInWord(b)
  return findNewlines(c) !== 0 ? 8 + indexInWord(c) : 12 + indexInWord(d)
}

function indexInWord(word: number): number {
  const bits = findNewlines(word)
  return (31 - Math.clz32(bits & -bits)) >> 3
}
