// Finds in lines what is not to be shown, in one pass forward; only a line that has something of it is read backward as well. Time grows
// with the text alone, whatever the patterns are, and whatever a host sends.
import { Alphabet } from './alphabet.ts'
import { makeMachine } from './machine.ts'
import type { Pattern } from './pattern.ts'
import { ENDS, type Place, Places } from './places.ts'

/** From the first unit that is hidden to the one after the last. */
export type Span = readonly [from: number, to: number]

/** Where a line is continued that was read in part. */
export type Progress = Place

/** What is hidden of a piece of a line. */
export type Found = {
  spans: readonly Span[]
  /** so far it is certain; what follows may still become part of something hidden */
  certain: number
  /** where to continue: at `certain` */
  next: Progress | undefined
}

export class Redactor {
  readonly #alphabet: Alphabet
  readonly #places: Places

  /** @throws SyntaxError as `faultOf` tells it */
  constructor(patterns: readonly Pattern[]) {
    const machine = makeMachine(patterns)
    this.#alphabet = new Alphabet(machine.states)
    this.#places = new Places(machine, this.#alphabet)
  }

  /**
   * Finds the next line that has something to hide.
   * @param lines whole lines, with their newlines; bytes are ASCII
   * @returns a place in it, its newline included; -1 if there is none
   */
  find(lines: string | Uint8Array, from = 0): number {
    return typeof lines === 'string' ? this.#findIn(lines, from) : this.#findInBytes(lines, from)
  }

  /** Finds what is hidden of a whole line, or of its end. */
  readLine(line: string, from?: Progress): Found {
    const { letters, places } = this.#forward(line, from)
    const hidden = this.#backward(letters, places, this.#places.ended('edge'))
    return { spans: spansOf(hidden, line), certain: line.length, next: undefined }
  }

  /** Finds what is hidden of a piece of a line that can't wait for the rest: all that might become part of something hidden. */
  readPiece(piece: string, from?: Progress): Found {
    const { letters, places, last } = this.#forward(piece, from)
    const hidden = this.#backward(letters, places, this.#places.open)
    return { spans: spansOf(hidden, piece), certain: piece.length, next: last }
  }

  /** Finds what is certainly hidden, or not, of what has come of a line. */
  readStart(start: string, from?: Progress): Found {
    const { letters, places, last } = this.#forward(start, from)
    const hidden = this.#backward(letters, places, this.#places.ended('unknown'))
    const possible = this.#backward(letters, places, this.#places.open)
    const differs = hidden.findIndex((is, at) => is !== possible[at])
    const certain = differs < 0 ? start.length : beforePair(start, differs)
    return {
      spans: spansOf(hidden.subarray(0, certain), start),
      certain,
      next: certain < start.length ? places[certain] : last,
    }
  }

  #findIn(text: string, from: number): number {
    const { letters } = this.#alphabet
    let { table } = this.#places
    let row = this.#places.begin.row
    for (let at = from; at < text.length; at += 1) {
      const letter = letters[text.charCodeAt(at)] as number
      let next = table[row + letter] as number
      if (next < 0) {
        next = this.#places.lookUp(row, letter)
        if (next === ENDS) return at
        table = this.#places.table
      }
      row = next
    }
    return -1
  }

  /** The same once more: one loop for both takes three times as long. */
  #findInBytes(bytes: Uint8Array, from: number): number {
    const { letters } = this.#alphabet
    let { table } = this.#places
    let row = this.#places.begin.row
    for (let at = from; at < bytes.length; at += 1) {
      const letter = letters[bytes[at] as number] as number
      let next = table[row + letter] as number
      if (next < 0) {
        next = this.#places.lookUp(row, letter)
        if (next === ENDS) return at
        table = this.#places.table
      }
      row = next
    }
    return -1
  }

  #forward(text: string, from = this.#places.begin) {
    const letters = new Uint16Array(text.length)
    const places: Place[] = []
    let last = from
    for (let at = 0; at < text.length; at += 1) {
      const letter = this.#alphabet.letters[text.charCodeAt(at)] as number
      letters[at] = letter
      places.push(last)
      last = this.#places.forward(last, letter)
    }
    return { letters, places, last }
  }

  #backward(letters: Uint16Array, places: readonly Place[], end: Place): Uint8Array {
    const hidden = new Uint8Array(letters.length)
    let after = end
    for (let at = letters.length - 1; at >= 0; at -= 1) {
      const letter = letters[at] as number
      after = this.#places.backward(after, letter)
      if (this.#places.hides(places[at] as Place, letter, after)) hidden[at] = 1
    }
    return hidden
  }
}

function spansOf(hidden: Uint8Array, text: string): Span[] {
  const spans: Span[] = []
  for (let from = hidden.indexOf(1); from >= 0; ) {
    const end = hidden.indexOf(0, from)
    const to = end < 0 ? hidden.length : end
    // half a pair is no character
    spans.push([beforePair(text, from), to < text.length && isInPair(text, to) ? to + 1 : to])
    from = end < 0 ? -1 : hidden.indexOf(1, end)
  }
  return spans
}

function beforePair(text: string, at: number): number {
  return isInPair(text, at) ? at - 1 : at
}

function isInPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 1), at + 1))
}
