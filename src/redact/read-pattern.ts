// Takes a regular expression apart, as far as it can be matched in linear time. JavaScript's own engine tries ways one after the
// other, and may need years for a line; so it only says which characters a class stands for.

/** Before or after a character: an end of the line, or where a word begins or ends. */
export type Condition = 'start' | 'end' | 'word' | 'not-word'

/** A part of a pattern. */
export type Part =
  /** one code unit: itself, or all that `source` stands for */
  | { type: 'unit'; unit: number }
  | { type: 'units'; source: string }
  | { type: 'all'; parts: readonly Part[] }
  | { type: 'one'; parts: readonly Part[] }
  | { type: 'repeat'; part: Part; least: number; most: number }
  | { type: 'condition'; condition: Condition }
  /** the brackets that say what is hidden */
  | { type: 'group'; part: Part }

const CONDITIONS: Readonly<Record<string, Condition>> = {
  '^': 'start',
  $: 'end',
  '\\b': 'word',
  '\\B': 'not-word',
}

/** An escape, a class or one character. */
const ATOM =
  /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}|c[A-Za-z]|[pP]\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|[\ud800-\udbff][\udc00-\udfff]|[\s\S]/y
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y
const GROUP = /\((?:\?:|\?<(?![=!])[^>]*>|(?!\?))/y
/** What can't be matched without remembering what was read, or reading twice. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/y, "looks ahead or behind: put in brackets what is to be hidden, as in 'token=(.+)'"],
  [/\\[1-9]|\\k</y, 'refers to what it has matched'],
  [/\(\?[ims-]/y, 'has flags within it'],
]

/**
 * Reads a pattern.
 * @throws SyntaxError that says what is wrong, as the end of a sentence that begins with the pattern
 */
export function readPattern({ pattern, flags }: { pattern: string; flags: string }): Part {
  try {
    new RegExp(pattern, flags)
  } catch (error) {
    throw new SyntaxError(`is not a regular expression (${(error as Error).message})`)
  }
  return new Reader(pattern, /[iu]/.test(flags)).read()
}

class Reader {
  readonly #source: string
  /** a letter may stand for others: its code is not enough */
  readonly #isWide: boolean
  #at = 0

  constructor(source: string, isWide: boolean) {
    this.#source = source
    this.#isWide = isWide
  }

  read(): Part {
    const part = this.#one()
    if (this.#at < this.#source.length) throw new SyntaxError('has a bracket that nothing opens')
    return part
  }

  #one(): Part {
    const parts = [this.#all()]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      parts.push(this.#all())
    }
    return parts.length === 1 ? (parts[0] as Part) : { type: 'one', parts }
  }

  #all(): Part {
    const parts: Part[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] as string))
      parts.push(this.#repeated(this.#single()))
    return { type: 'all', parts }
  }

  #repeated(part: Part): Part {
    const found = this.#take(QUANTIFIER)
    if (!found) return part
    const [, sign, from, comma, to] = found
    if (sign !== undefined)
      return { type: 'repeat', part, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity }
    const least = Number(from)
    return { type: 'repeat', part, least, most: comma === undefined ? least : to ? Number(to) : Infinity }
  }

  #single(): Part {
    for (const [sign, words] of REFUSED) if (this.#take(sign)) throw new SyntaxError(words)
    const group = this.#take(GROUP)
    if (group) {
      const part = this.#one()
      this.#at += 1
      return group[0] === '(?:' ? part : { type: 'group', part }
    }
    const [atom = ''] = this.#take(ATOM) ?? []
    const condition = Object.hasOwn(CONDITIONS, atom) ? CONDITIONS[atom] : undefined
    if (condition) return { type: 'condition', condition }
    if (/^[^\\[.]$/.test(atom) && !this.#isWide) return { type: 'unit', unit: atom.charCodeAt(0) }
    if (/^[^\\[]{2}$/.test(atom)) return { type: 'all', parts: unitsIn(atom) }
    if (/^\[.*[\ud800-\udfff]|\\u\{[^}]{5,}\}/s.test(atom))
      throw new SyntaxError('has a character beyond U+FFFF in a class or an escape')
    return { type: 'units', source: atom }
  }

  #take(sign: RegExp): RegExpExecArray | null {
    sign.lastIndex = this.#at
    const found = sign.exec(this.#source)
    if (found) this.#at = sign.lastIndex
    return found
  }
}

/** A text, unit by unit. */
export function unitsIn(text: string): Part[] {
  return Array.from({ length: text.length }, (_, at) => ({ type: 'unit', unit: text.charCodeAt(at) }))
}
