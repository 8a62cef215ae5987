// Code units that no pattern tells apart are one letter, so that a table has a column for each letter and not for each unit.
import type { State } from './machine.ts'
import { hasUnit, LAST_UNIT, NEWLINE_UNITS, type Units, WORD } from './units.ts'

/** What stands beside a place in a line: nothing, a letter of a word, or another one; at the end of what has come, nobody knows. */
export type Side = 'edge' | 'word' | 'other' | 'unknown'

/** The letter of a newline, which is in no line. */
export const NEWLINE = 0

export class Alphabet {
  /** of each unit */
  readonly letters = new Uint16Array(LAST_UNIT + 1)
  /** how many letters there are */
  readonly size: number
  /** a unit of each letter */
  readonly #examples: number[] = []

  constructor(states: readonly State[]) {
    const eaten = states.flatMap((state) => (state.type === 'eat' ? [state.units] : []))
    const sets = [NEWLINE_UNITS, WORD, ...new Set(eaten)]
    const starts = new Set([
      0,
      ...sets.flatMap((units) => units.flatMap(([first, last]) => [first, last + 1])),
    ])
    const ascending = [...starts].filter((unit) => unit <= LAST_UNIT).sort((one, other) => one - other)
    // units are one letter where the same sets have them
    const byMembers = new Map<string, number>([[membersOf(sets, 0x0a), NEWLINE]])
    for (const [at, first] of ascending.entries()) {
      const members = membersOf(sets, first)
      const letter = byMembers.get(members) ?? byMembers.size
      byMembers.set(members, letter)
      this.#examples[letter] ??= first
      this.letters.fill(letter, first, ascending[at + 1] ?? LAST_UNIT + 1)
    }
    this.size = byMembers.size
  }

  /** Says whether a set has a letter. */
  isIn(units: Units, letter: number): boolean {
    return hasUnit(units, this.#examples[letter] as number)
  }

  sideOf(letter: number): Side {
    if (letter === NEWLINE) return 'edge'
    return this.isIn(WORD, letter) ? 'word' : 'other'
  }
}

/** Which of the sets have a unit. */
function membersOf(sets: readonly Units[], unit: number): string {
  return sets.flatMap((units, at) => (hasUnit(units, unit) ? [at] : [])).join(' ')
}
