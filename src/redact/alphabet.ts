// Code units that no pattern tells apart are one letter, so that a table has a column for each letter and not for each unit.
import type { State } from './machine.ts'
import { UNITS, type Units, wordUnits } from './units.ts'

/** What stands beside a place in a line: nothing, a letter of a word, or another one; at the end of what has come, nobody knows. */
export type Side = 'edge' | 'word' | 'other' | 'unknown'

/** The letter of a newline, which is in no line. */
export const NEWLINE = 0

export class Alphabet {
  /** of each unit */
  readonly letters = new Uint16Array(UNITS)
  /** how many letters there are */
  readonly size: number
  readonly #examples: readonly number[]
  readonly #words = wordUnits()

  constructor(states: readonly State[]) {
    const sets = [...new Set(states.flatMap((state) => (state.type === 'eat' ? [state.units] : [])))]
    // refined set by set: units of one letter that a set splits become two
    let size = 1
    for (const units of [this.#words, ...sets]) {
      const moved = new Map<number, number>()
      const [within, beyond] = [new Uint8Array(size), new Uint8Array(size)]
      for (let unit = 0; unit < UNITS; unit += 1) {
        const letter = this.letters[unit] as number
        if (units[unit]) within[letter] = 1
        else beyond[letter] = 1
      }
      for (let letter = 0; letter < size; letter += 1)
        if (within[letter] && beyond[letter]) moved.set(letter, size + moved.size)
      if (moved.size > 0)
        for (let unit = 0; unit < UNITS; unit += 1)
          if (units[unit])
            this.letters[unit] = moved.get(this.letters[unit] as number) ?? (this.letters[unit] as number)
      size += moved.size
    }
    // the newline gets the first one for itself
    for (let unit = 0; unit < UNITS; unit += 1) this.letters[unit] = (this.letters[unit] as number) + 1
    this.letters[0x0a] = NEWLINE
    this.size = size + 1
    const examples = new Array<number>(this.size)
    this.letters.forEach((letter, unit) => {
      examples[letter] ??= unit
    })
    this.#examples = examples
  }

  /** Says whether a set has a letter. */
  isIn(units: Units, letter: number): boolean {
    return units[this.#examples[letter] as number] === 1
  }

  sideOf(letter: number): Side {
    if (letter === NEWLINE) return 'edge'
    return this.isIn(this.#words, letter) ? 'word' : 'other'
  }
}
