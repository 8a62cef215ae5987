// Sets of states, computed when they are first needed and then kept: a machine is in few of them, however many there might be. A
// forward set is where a match may have come to; a backward set is from where one comes to its end.
import { type Alphabet, NEWLINE, type Side } from './alphabet.ts'
import { MATCH, type Machine, type State } from './machine.ts'
import type { Condition } from './read-pattern.ts'

/** Kept at most, each way; then they are made anew. */
const MOST_KEPT = 4000

/** Where the machine is between two units. */
export type Place = {
  readonly id: number
  /** forward: what the last unit led to; backward: what eats the next unit, and comes to its end after it */
  readonly states: readonly number[]
  readonly side: Side
  /** forward: where its row of the table begins */
  readonly row: number
  /** by letter: the place on its other side */
  readonly next: (Place | undefined)[]
  /** forward, by letter: what may eat it */
  readonly eaters: (readonly number[] | undefined)[]
  /** forward: whether a unit is hidden, by it and the place that it comes to backward */
  readonly hidden: Map<number, boolean>
}

/** In the table: a match ends before that letter. */
export const ENDS = -1
/** In the table: nobody has looked yet. */
const UNKNOWN = -2
/** In place of states: every one of them. */
const ALL = -1

export class Places {
  /** by row and letter: the row of the place after it, `ENDS`, or less; read by who reads much */
  table: Int32Array
  readonly #states: readonly State[]
  readonly #start: number
  readonly #alphabet: Alphabet
  /** by state: the forks and the eaters that lead there */
  readonly #forksTo: readonly (readonly number[])[]
  readonly #eatersTo: readonly (readonly number[])[]
  #forward = new Map<string, Place>()
  /** by row */
  #rows: Place[] = []
  #backward = new Map<string, Place>()
  #ids = 0

  constructor({ states, start }: Machine, alphabet: Alphabet) {
    this.#states = states
    this.#start = start
    this.#alphabet = alphabet
    this.table = new Int32Array(64 * alphabet.size).fill(UNKNOWN)
    const to = (state: State) => (state.type === 'fork' ? state.to : [])
    this.#forksTo = leadingTo(states, to)
    this.#eatersTo = leadingTo(states, (state) => (state.type === 'eat' ? [state.to] : []))
  }

  /** Forward, at the start of a line. */
  get begin(): Place {
    return this.#placeForward([], 'edge')
  }

  /** Backward: the line has ended, or nobody knows yet and a match has not. */
  ended(side: 'edge' | 'unknown'): Place {
    return this.#placeBackward([], side)
  }

  /** Backward, where each match that is under way may come to its end. */
  get open(): Place {
    return this.#placeBackward([ALL], 'unknown')
  }

  /** What the table has not said: the row after a letter, or `ENDS`. */
  lookUp(row: number, letter: number): number {
    const known = this.table[row + letter] as number
    if (known !== UNKNOWN) return known
    const place = this.#rows[row / this.#alphabet.size] as Place
    const { next, isMatch } = this.#step(place, letter)
    const found = isMatch ? ENDS : next.row
    // it may have been thrown away meanwhile
    if (this.#rows[row / this.#alphabet.size] === place) this.table[row + letter] = found
    return found
  }

  /** The place after a letter. */
  forward(place: Place, letter: number): Place {
    return place.next[letter] ?? this.#step(place, letter).next
  }

  /** The place before a letter, of the place after it. */
  backward(place: Place, letter: number): Place {
    const known = place.next[letter]
    if (known) return known
    const side = this.#alphabet.sideOf(letter)
    const from =
      place.states[0] === ALL
        ? this.#states.keys()
        : [...this.#endings(place, side)].flatMap((to) => this.#eatersTo[to] ?? [])
    const eaters = inOrder([...from].filter((at) => this.#eats(at, letter)))
    const before = this.#placeBackward(eaters, side)
    place.next[letter] = before
    return before
  }

  /** Says whether a unit is hidden: something that may eat it comes to its end. */
  hides(from: Place, letter: number, after: Place): boolean {
    const eaters = from.eaters[letter]
    if (!eaters || eaters.length === 0 || after.states.length === 0) return false
    const key = after.id * this.#alphabet.size + letter
    const known = from.hidden.get(key)
    if (known !== undefined) return known
    const ending = new Set(after.states)
    const hides = eaters.some((at) => {
      const state = this.#states[at]
      return ending.has(at) && state?.type === 'eat' && state.isHidden
    })
    if (from.hidden.size >= MOST_KEPT) from.hidden.clear()
    from.hidden.set(key, hides)
    return hides
  }

  #step(place: Place, letter: number): { next: Place; isMatch: boolean } {
    const side = this.#alphabet.sideOf(letter)
    const reached = this.#closure([...place.states, this.#start], place.side, side)
    const eaters = [...reached].filter((at) => this.#eats(at, letter))
    const fed = inOrder(eaters.map((at) => (this.#states[at] as { to: number }).to))
    const next = letter === NEWLINE ? this.begin : this.#placeForward(fed, side)
    place.eaters[letter] = eaters
    place.next[letter] = next
    return { next, isMatch: reached.has(MATCH) }
  }

  #eats(at: number, letter: number): boolean {
    const state = this.#states[at]
    return state?.type === 'eat' && this.#alphabet.isIn(state.units, letter)
  }

  /** All that states lead to without eating. */
  #closure(from: readonly number[], before: Side, after: Side): Set<number> {
    const reached = new Set(from)
    for (const at of reached) {
      const state = this.#states[at]
      if (state?.type === 'fork' && holds(state.condition, before, after))
        for (const to of state.to) reached.add(to)
    }
    return reached
  }

  /** All states that come to the end from here. */
  #endings({ states, side }: Place, before: Side): Set<number> {
    const reached = new Set([MATCH, ...states])
    for (const at of reached)
      for (const from of this.#forksTo[at] ?? []) {
        const state = this.#states[from]
        if (state?.type === 'fork' && holds(state.condition, before, side)) reached.add(from)
      }
    return reached
  }

  #placeForward(states: readonly number[], side: Side): Place {
    const key = `${side} ${states.join(' ')}`
    const known = this.#forward.get(key)
    if (known) return known
    if (this.#rows.length >= MOST_KEPT) {
      this.#forward = new Map()
      this.#rows = []
      this.table.fill(UNKNOWN)
    }
    const row = this.#rows.length * this.#alphabet.size
    if (row + this.#alphabet.size > this.table.length) {
      const larger = new Int32Array(2 * this.table.length).fill(UNKNOWN)
      larger.set(this.table)
      this.table = larger
    }
    const place = this.#make(states, side, row)
    this.#forward.set(key, place)
    this.#rows.push(place)
    return place
  }

  #placeBackward(states: readonly number[], side: Side): Place {
    const key = `${side} ${states.join(' ')}`
    let place = this.#backward.get(key)
    if (!place) {
      if (this.#backward.size >= MOST_KEPT) this.#backward = new Map()
      place = this.#make(states, side, 0)
      this.#backward.set(key, place)
    }
    return place
  }

  #make(states: readonly number[], side: Side, row: number): Place {
    return { id: this.#ids++, states, side, row, next: [], eaters: [], hidden: new Map() }
  }
}

function leadingTo(states: readonly State[], to: (state: State) => readonly number[]): number[][] {
  const leading: number[][] = states.map(() => [])
  for (const [from, state] of states.entries()) for (const at of to(state)) leading[at]?.push(from)
  return leading
}

function inOrder(states: readonly number[]): number[] {
  return [...new Set(states)].sort((one, other) => one - other)
}

function holds(condition: Condition | undefined, before: Side, after: Side): boolean {
  switch (condition) {
    case undefined:
      return true
    case 'start':
      return before === 'edge'
    case 'end':
      return after === 'edge'
    case 'word':
      return after !== 'unknown' && (before === 'word') !== (after === 'word')
    case 'not-word':
      return after !== 'unknown' && (before === 'word') === (after === 'word')
  }
}
