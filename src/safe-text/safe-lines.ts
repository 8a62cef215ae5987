// Makes what a host sends safe for a terminal: text, tabs and colour stay; whatever could move the cursor, set a title,
// ring or hide something does not. A state machine over chunks, so that no sequence hides on the seam of two.
import { Block } from './block.ts'
import { COLOUR_SEQUENCE, closeColour, readColour } from './colour-codes.ts'
import { ESC, EscapeSequence } from './escape-sequence.ts'
import {
  countPlainLines,
  endOfPlainText,
  hasLongLine,
  isAllPlain,
  isHighSurrogate,
  measure,
} from './plain-text.ts'
import { hideInBlock, SecretLine } from './secrets.ts'

/** A longer line is split. */
const MAX_LINE_BYTES = 16 * 1024
/** Decoded at once, so that a line which is kept for long keeps no more than this alive. */
const PIECE_BYTES = 64 * 1024

/** Of colours with no text between them the last ones count. */
const MAX_COLOURS = 512

/** A line of so many characters is not too long in any case. */
const PLAIN_LINE = Math.floor(MAX_LINE_BYTES / 2 / 3)

const LF = 0x0a
const CR = 0x0d

/** Splits a host's bytes into safe lines; `current` is the one that is not complete yet. */
export class SafeLines {
  readonly #keepColour: boolean
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** a character may have begun in the bytes before */
  #inCharacter = false
  readonly #sequence = new EscapeSequence()
  #line = ''
  readonly #secrets = new SecretLine()
  #lineBytes = 0
  #coloured = false
  /** colours since the last text of the line, or since a CR */
  #colours = ''
  /** after a CR: the next text draws the line anew */
  #returned = false
  /** lines that are complete, and in no block yet */
  #text = ''
  #complete: Block[] = []

  constructor(options: { colour: boolean }) {
    this.#keepColour = options.colour
  }

  /** Takes bytes and returns the lines that they complete. A block may keep the bytes: they are not to be changed. */
  push(bytes: Uint8Array): Block[] {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      this.#readPiece(bytes.subarray(from, from + PIECE_BYTES))
    }
    return this.#take()
  }

  /** Returns what is left as lines when nothing more comes. */
  end(): Block[] {
    this.#read(this.#decoder.decode())
    this.#takeColours()
    if (this.#line.replaceAll(COLOUR_SEQUENCE, '') !== '') this.#endLine()
    this.#line = ''
    this.#sequence.breakOff()
    return this.#take()
  }

  /** The line that is not complete yet. */
  get current(): string {
    const colours = this.#returned ? '' : this.#colours
    return closeColour(this.#secrets.start(this.#line + colours), this.#coloured || colours !== '')
  }

  #take(): Block[] {
    this.#endBlock()
    const complete = this.#complete
    this.#complete = []
    return complete
  }

  #readPiece(piece: Uint8Array): void {
    // a decoder that continues from piece to piece makes two bytes of each character, which costs more than all else
    const lines = this.#inCharacter ? -1 : countPlainLines(piece)
    if (lines >= 0) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
      if (!this.#readPlain(bytes, lines)) this.#read(bytes.toString('latin1'))
      return
    }
    this.#inCharacter = (piece.at(-1) ?? 0) >= 0x80
    const text = this.#decoder.decode(piece, { stream: true })
    if (!isAllPlain(text) || !this.#readPlain(text)) this.#read(text)
  }

  /**
   * Takes plain text, which nearly all output is; not in the middle of a sequence, and no long lines: then it says no.
   * @param lines how many, if it is bytes
   */
  #readPlain(text: string | Buffer, lines = 0): boolean {
    if (
      this.#sequence.isOpen ||
      this.#returned ||
      this.#lineBytes > PLAIN_LINE ||
      hasLongLine(text, PLAIN_LINE)
    )
      return false
    this.#takeColours()
    const first = text.indexOf('\n')
    const last = text.lastIndexOf('\n')
    if (first >= 0) {
      this.#line += cut(text, 0, first)
      this.#endLine()
    }
    if (last > first) {
      this.#endBlock()
      const block =
        typeof text === 'string'
          ? new Block(text.slice(first + 1, last + 1))
          : new Block(text.subarray(first + 1, last + 1), lines - 1)
      this.#complete.push(hideInBlock(block))
    }
    const rest = cut(text, last + 1)
    this.#line += rest
    this.#lineBytes += Buffer.byteLength(rest)
    return true
  }

  #read(text: string): void {
    let at = 0
    while (at < text.length) {
      if (this.#sequence.isOpen) {
        if (this.#sequence.take(text.charCodeAt(at))) at += 1
        const { colour } = this.#sequence
        if (colour !== undefined && this.#keepColour) this.#colour(readColour(colour))
        continue
      }
      const end = endOfPlainText(text, at)
      if (end > at) this.#write(text.slice(at, end))
      at = end
      if (at < text.length) at += this.#control(text, at)
    }
  }

  /** Acts on a character that is not plain text, and says how many code units it takes. */
  #control(text: string, at: number): number {
    const code = text.charCodeAt(at)
    if (code === LF || code === 0x2028 || code === 0x2029) {
      this.#endLine()
    } else if (code === CR) {
      if (!this.#returned) this.#takeColours()
      this.#returned = true
      this.#colours = ''
    } else if (code === ESC) {
      this.#sequence.begin()
    }
    return isHighSurrogate(code) ? 2 : 1
  }

  #colour(sequence: string): void {
    this.#colours += sequence
    if (this.#colours.length > 2 * MAX_COLOURS)
      this.#colours = this.#colours.slice(-MAX_COLOURS).replace(/^[^\x1b]*/, '')
  }

  /** Colours that stand between a CR and the end of a line belong to nothing. */
  #takeColours(): void {
    if (this.#colours === '' || this.#returned) return
    if (this.#lineBytes + this.#colours.length > MAX_LINE_BYTES) this.#breakLine()
    this.#line += this.#colours
    this.#lineBytes += this.#colours.length
    this.#coloured = true
    this.#colours = ''
  }

  #write(text: string): void {
    if (this.#returned) {
      this.#line = ''
      this.#secrets.begin()
      this.#lineBytes = 0
      this.#coloured = false
      this.#returned = false
    }
    this.#takeColours()
    let from = 0
    while (from < text.length) {
      const { end, bytes } = measure(text, from, MAX_LINE_BYTES - this.#lineBytes)
      this.#line += text.slice(from, end)
      this.#lineBytes += bytes
      from = end
      if (from < text.length) this.#breakLine()
    }
  }

  #endBlock(): void {
    if (this.#text !== '') this.#complete.push(new Block(this.#text))
    this.#text = ''
  }

  #endLine(): void {
    this.#takeColours()
    this.#addLine(this.#secrets.end(this.#line))
    this.#colours = ''
    this.#returned = false
  }

  /** What follows belongs to the same line, and stands on another. */
  #breakLine(): void {
    this.#addLine(this.#secrets.piece(this.#line))
  }

  #addLine(line: string): void {
    this.#text += `${closeColour(line, this.#coloured)}\n`
    this.#line = ''
    this.#lineBytes = 0
    this.#coloured = false
  }
}

function cut(text: string | Buffer, from: number, to?: number): string {
  return typeof text === 'string' ? text.slice(from, to) : text.toString('latin1', from, to)
}
