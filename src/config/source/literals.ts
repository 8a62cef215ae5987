// Reads the literals of a module's text: objects, lists and calls, each with its place. Enough to find what a config says where; it
// runs nothing, and what it can't make out is a value without parts.

/** A value as it is written. */
export type Literal = {
  /** where it begins, in the text */
  at: number
  /** of an object: the place of each key, and its value */
  keys?: ReadonlyMap<string, { at: number; value: Literal }>
  /** of a list: its items, as far as they can be counted */
  items?: readonly Literal[]
  /** of a call: its arguments */
  args?: readonly Literal[]
  /** a name that stands for a value elsewhere */
  name?: string
}

type Token = { at: number; text: string; is: 'name' | 'text' | 'other' }

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|(?<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`)|(?<name>[A-Za-z_$][\w$]*)|(?<other>\.\.\.|=>|[\s\S])/gy
/** A config is shorter. */
const MOST_TOKENS = 50_000

/** Finds what a module exports by default. @returns nothing if it can't be made out */
export function findExport(text: string): Literal | undefined {
  const tokens = tokenize(text)
  const begin = tokens.findIndex(
    ({ text: word }, at) => word === 'export' && tokens[at + 1]?.text === 'default',
  )
  if (begin < 0) return undefined
  return new Reader(tokens, begin + 2).value()
}

/** Finds what a name stands for in a module: `const name = …`. */
export function findNamed(text: string, name: string): Literal | undefined {
  const tokens = tokenize(text)
  const begin = tokens.findIndex(
    (token, at) => token.text === name && /^(?:const|let|var)$/.test(tokens[at - 1]?.text ?? ''),
  )
  // a type may stand before the sign
  const sign = tokens.findIndex((token, at) => at > begin && token.text === '=')
  return begin < 0 || sign < 0 ? undefined : new Reader(tokens, sign + 1).value()
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const { index, groups = {} } of text.matchAll(TOKEN)) {
    const [is, word] = Object.entries(groups).find(([, each]) => each !== undefined) ?? []
    if (is && word !== undefined) tokens.push({ at: index, text: word, is: is as Token['is'] })
    if (tokens.length >= MOST_TOKENS) break
  }
  return tokens
}

const OPENS = new Set(['(', '[', '{'])
const CLOSES = new Set([')', ']', '}'])

class Reader {
  readonly #tokens: readonly Token[]
  #at: number

  constructor(tokens: readonly Token[], at: number) {
    this.#tokens = tokens
    this.#at = at
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  /** Reads a value, and passes over what stands behind it: `as const`, operators. */
  value(): Literal {
    const literal = this.#literal()
    const isWhole = this.#skipRest()
    // of `a ? [b] : [c]` nobody can say what it is
    return isWhole ? literal : { at: literal.at }
  }

  #literal(): Literal {
    const { at = 0, text = '', is } = this.#next ?? {}
    if (text === '{') return { at, keys: this.#keys() }
    if (text === '[') return { at, items: this.#list(']') }
    if (is !== 'name' || text === 'function' || text === 'async') return { at }
    let name = text
    this.#at += 1
    while (this.#next?.text === '.') {
      name = ''
      this.#at += 2
    }
    if (this.#next?.text === '(') return { at, args: this.#list(')') }
    return name === '' ? { at } : { at, name }
  }

  /** @returns whether nothing stood there that could make another value of it */
  #skipRest(): boolean {
    let isWhole = true
    let depth = 0
    for (let isFirst = true; this.#next; isFirst = false) {
      const { text, is } = this.#next
      if (depth === 0 && (text === ',' || CLOSES.has(text) || text === ';')) break
      if (depth === 0 && !isFirst && /^(?:export|const|let|var|function|import)$/.test(text)) break
      if (isFirst && !/^(?:as|satisfies)$/.test(text) && !(is !== 'other' && depth === 0)) isWhole = false
      if (OPENS.has(text)) depth += 1
      if (CLOSES.has(text)) depth -= 1
      this.#at += 1
    }
    return isWhole
  }

  #keys(): Map<string, { at: number; value: Literal }> {
    const keys = new Map<string, { at: number; value: Literal }>()
    this.#at += 1
    while (this.#next && this.#next.text !== '}') {
      const { at, text, is } = this.#next
      const key = is === 'text' ? text.slice(1, -1) : text
      const hasKey = is !== 'other' && this.#tokens[this.#at + 1]?.text === ':'
      if (hasKey) {
        this.#at += 2
        keys.set(key, { at, value: this.value() })
      } else {
        // `key,` has the value of that name; a method, a computed key and a spread are passed over
        if (is === 'name' && /^[,}]$/.test(this.#tokens[this.#at + 1]?.text ?? ''))
          keys.set(key, { at, value: { at, name: key } })
        this.#skipRest()
      }
      if (this.#next?.text === ',') this.#at += 1
      else if (this.#next && this.#next.text !== '}') this.#at += 1
    }
    this.#at += 1
    return keys
  }

  /** What follows a spread can't be counted. */
  #list(end: ')' | ']'): Literal[] {
    const items: Literal[] = []
    let isCounted = true
    this.#at += 1
    while (this.#next && this.#next.text !== end) {
      if (this.#next.text === '...') isCounted = false
      const item = this.value()
      if (isCounted) items.push(item)
      if (this.#next?.text === ',') this.#at += 1
      else if (this.#next && this.#next.text !== end) this.#at += 1
    }
    this.#at += 1
    return items
  }
}
