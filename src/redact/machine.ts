// All patterns as one machine that reads a line once, whatever is in it: states, each of which eats a unit, or leads on (Thompson, 1968).
import { FLAGS, LEAST_CHARACTERS, type Pattern } from './pattern.ts'
import { type Condition, type Part, readPattern, unitsIn } from './read-pattern.ts'
import { type Units, unitsOf } from './units.ts'

/** Of one pattern: `x{1000}` has a thousand. */
const MOST_PARTS = 2000
const TOO_LARGE = 'is too large: it repeats too much'

/** What a state does: end a match, lead on where a condition holds, or eat a unit, which is hidden or not. */
export type State =
  | { type: 'match' }
  | { type: 'fork'; to: number[]; condition?: Condition }
  | { type: 'eat'; units: Units; to: number; isHidden: boolean }

/** The state that ends a match, and the one that begins them all. */
export const MATCH = 0

export type Machine = { states: readonly State[]; start: number }

/** Makes one machine of all patterns. @throws SyntaxError */
export function makeMachine(patterns: readonly Pattern[]): Machine {
  const builder = new Builder()
  const starts = patterns.map((pattern) => builder.add(pattern))
  return { states: builder.states, start: builder.fork(starts) }
}

/** Says what is wrong with a pattern, as the end of a sentence about it. */
export function faultOf(pattern: Pattern): string | undefined {
  try {
    const { states, start } = makeMachine([pattern])
    return isEmptyMatched(states, start) ? 'also matches an empty text' : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
}

class Builder {
  readonly states: State[] = [{ type: 'match' }]
  readonly #single = new Map<number, Units>()
  #flags = ''
  /** built of this pattern, and how many that may be */
  #parts = 0
  #most = MOST_PARTS

  add(pattern: Pattern): number {
    this.#parts = 0
    this.#most = Infinity
    if (typeof pattern === 'string') {
      if (pattern.length < LEAST_CHARACTERS)
        throw new SyntaxError(`must have at least ${LEAST_CHARACTERS} characters`)
      return this.#build({ type: 'all', parts: unitsIn(pattern) }, MATCH, 'hidden')
    }
    if (!FLAGS.test(pattern.flags)) throw new SyntaxError(`may have the flags i, m, s and u`)
    this.#most = MOST_PARTS
    this.#flags = pattern.flags.replaceAll(/[^isu]/g, '')
    const part = readPattern(pattern)
    // brackets say which part of a match is hidden
    return this.#build(part, MATCH, hasGroup(part) ? 'shown' : 'hidden')
  }

  fork(to: number[], condition?: Condition): number {
    return this.#put({ type: 'fork', to, ...(condition ? { condition } : {}) })
  }

  /** From the end to the beginning: each state must know the next one. */
  #build(part: Part, next: number, show: 'hidden' | 'shown'): number {
    if (++this.#parts > this.#most) throw new SyntaxError(TOO_LARGE)
    switch (part.type) {
      case 'unit':
        return this.#eat(this.#alone(part.unit), next, show)
      case 'units': {
        const units = unitsOf(part.source, this.#flags)
        if (units.length === 0) throw new SyntaxError(`has '${part.source}', which matches no character`)
        return this.#eat(units, next, show)
      }
      case 'all':
        return part.parts.reduceRight((to, each) => this.#build(each, to, show), next)
      case 'one':
        return this.fork(part.parts.map((each) => this.#build(each, next, show)))
      case 'condition':
        return this.fork([next], part.condition)
      case 'group':
        return this.#build(part.part, next, 'hidden')
      case 'repeat':
        return this.#repeat(part, next, show)
    }
  }

  #repeat(
    { part, least, most }: Extract<Part, { type: 'repeat' }>,
    next: number,
    show: 'hidden' | 'shown',
  ): number {
    if (least > MOST_PARTS || (most > MOST_PARTS && most !== Infinity)) throw new SyntaxError(TOO_LARGE)
    let to = next
    if (most === Infinity) {
      const ways = [next]
      to = this.fork(ways)
      ways.push(this.#build(part, to, show))
    } else {
      for (let count = least; count < most; count += 1) to = this.fork([this.#build(part, to, show), next])
    }
    for (let count = 0; count < least; count += 1) to = this.#build(part, to, show)
    return to
  }

  /** The same set for the same unit. */
  #alone(unit: number): Units {
    const units = this.#single.get(unit) ?? [[unit, unit]]
    this.#single.set(unit, units)
    return units
  }

  #eat(units: Units, to: number, show: 'hidden' | 'shown'): number {
    return this.#put({ type: 'eat', units, to, isHidden: show === 'hidden' })
  }

  #put(state: State): number {
    return this.states.push(state) - 1
  }
}

function hasGroup(part: Part): boolean {
  if (part.type === 'group') return true
  if (part.type === 'repeat') return hasGroup(part.part)
  return 'parts' in part && part.parts.some(hasGroup)
}

function isEmptyMatched(states: readonly State[], start: number): boolean {
  const seen = new Set([start])
  for (const at of seen) {
    const state = states[at]
    if (state?.type === 'fork') for (const to of state.to) seen.add(to)
  }
  return seen.has(MATCH)
}
