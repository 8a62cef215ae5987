// One line of a module's text without what its literals and comments say: a config that can't be loaded can't say what is never shown.
// It reads text that may be broken, so what it can't make out is masked as well.

const TOKEN =
  /(?<space>\s+)|(?<hidden>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?)|(?<word>[\w$]+)|(?<other>[\s\S])/y
/** From its slash; one without an end takes the whole line. */
const REGEX = /\/(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\]?)*\/?[a-z]*/y
/** Up to its end, or to a value within. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y

/** After these a slash begins a pattern. */
const BEFORE_VALUE = /^(?:return|typeof|case|in|of|await|void|delete|default|new|throw|else|do)$/
/** What may follow a literal. */
const AFTER_VALUE = /^(?:as|satisfies|in|instanceof|of|with|from)$/
/** On the same line. */
const WORD_BEHIND = /[^\S\n]*([\w$]+)/y
/** A key says what a value is for. */
const KEY = /^\s*(?:[\w$]+\s*:)?/

type Span = { from: number; to: number }

/**
 * Masks what the literals and comments of a line say, a sign for each character: all else stays in its column. Where a quote
 * is missing, nobody can say what is within: of such a line only the key is left.
 * @param line counted from 1
 */
export function maskLiterals(text: string, line: number): string {
  const lines = text.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0)
  const whole = lines[line - 1] ?? ''
  const all = findSpans(text, Math.min(start + whole.length, text.length))
  const spans = all
    .map(({ from, to }) => ({ from: Math.max(0, from - start), to: Math.min(whole.length, to - start) }))
    .filter(({ from, to }) => to > from)
  // a quote has an effect on its line, a backtick on all that follows
  const isUnsure = all.some(
    (each) => (each.to > start || /[`}]/.test(text[each.from] ?? '')) && isTorn(text, each),
  )
  if (isUnsure) return mask(whole, { from: KEY.exec(whole)?.[0].length ?? 0, to: whole.length })
  return spans.reduce((masked, { from, to }) => mask(masked, withoutQuotes(whole, { from, to })), whole)
}

/** Literals and comments that begin before a place in a text. */
function findSpans(text: string, end: number): Span[] {
  const spans: Span[] = []
  /** of each value in a template, how many braces are open in it */
  const depths: number[] = []
  let endsValue = false
  const take = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at
    return pattern.exec(text) as RegExpExecArray
  }
  const template = (from: number, at: number): number => {
    const { 0: part } = take(TEMPLATE, at)
    if (part.endsWith('${')) depths.push(0)
    spans.push({ from, to: at + part.length })
    endsValue = !part.endsWith('${')
    return at + part.length
  }
  for (let at = 0; at < end; ) {
    const { 0: token, groups = {} } = take(TOKEN, at)
    const next = at + token.length
    if (groups.hidden !== undefined) {
      spans.push({ from: at, to: next })
      endsValue ||= !token.startsWith('/')
    } else if (groups.word !== undefined) endsValue = !BEFORE_VALUE.test(token)
    else if (token === '`' || (token === '}' && depths.at(-1) === 0)) {
      if (token === '}') depths.pop()
      at = template(at, next)
      continue
    } else if (token === '/' && !endsValue) {
      const { 0: pattern } = take(REGEX, at)
      spans.push({ from: at, to: at + pattern.length })
      endsValue = true
      at += pattern.length
      continue
    } else if (groups.other !== undefined) {
      const change = token === '{' ? 1 : token === '}' ? -1 : 0
      if (depths.length > 0) depths.push((depths.pop() ?? 0) + change)
      endsValue = /[)\]}]/.test(token)
    }
    at = next
  }
  return spans
}

/** Says whether a quote is missing: a text without its end, or a word that touches one or follows one. */
function isTorn(text: string, { from, to }: Span): boolean {
  const [first = '', last = ''] = [text[from], text[to - 1]]
  if (!/['"`}]/.test(first) || last === '{') return false
  if (/['"]/.test(first) && (to - from < 2 || last !== first || /[\w$]/.test(text[from - 1] ?? '')))
    return true
  WORD_BEHIND.lastIndex = to
  const word = WORD_BEHIND.exec(text)?.[1]
  return word !== undefined && !AFTER_VALUE.test(word)
}

function withoutQuotes(line: string, { from, to }: Span): Span {
  const isQuote = (at: number) => /['"`]/.test(line[at] ?? '')
  return { from: isQuote(from) ? from + 1 : from, to: to - 1 > from && isQuote(to - 1) ? to - 1 : to }
}

function mask(line: string, { from, to }: Span): string {
  return line.slice(0, from) + line.slice(from, to).replaceAll(/\S/g, '*') + line.slice(to)
}
