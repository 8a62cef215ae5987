// Splits the text of a shell script into words and operators, each with its line. It runs nothing and expands nothing.

/** A word as it stands there, quotes included; an operator; or a redirection, which the words before it don't need. */
export type Token = { is: 'word' | 'operator'; text: string; line: number; heredoc?: Heredoc }

/** The lines that a command gets on its stdin. */
export type Heredoc = { text: string; line: number }

const OPERATORS = [';;', '&&', '||', ';', '|', '&', '(', ')', '\n'] as const
const REDIRECT = /^(?:[0-9]*|&)(?:>>|>\||>&|>|<&|<(?!<))/
const HEREDOC = /^<<-?\s*(?:"([^"\n]+)"|'([^'\n]+)'|\\?([A-Za-z0-9_]+))/
const BLANK = /^(?:[ \t\r]+|\\\r?\n)+/
const ENDS_WORD = /[\s;|&()<>]/
/** A script for people is shorter. */
const MOST_TOKENS = 20_000

/** Splits a script. What is never closed ends with the text. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const open: { end: string; of: Token | undefined }[] = []
  let at = 0
  let line = 1
  const take = (length: number): string => {
    const taken = text.slice(at, at + length)
    at += length
    line += taken.split('\n').length - 1
    return taken
  }
  while (at < text.length && tokens.length < MOST_TOKENS) {
    const rest = text.slice(at, at + 4096)
    const blank = BLANK.exec(rest)
    if (blank) {
      take(blank[0].length)
      continue
    }
    if (rest.startsWith('#')) {
      take((/^[^\n]*/.exec(text.slice(at)) ?? [''])[0].length)
      continue
    }
    const heredoc = HEREDOC.exec(rest)
    if (heredoc) {
      open.push({ end: heredoc[1] ?? heredoc[2] ?? heredoc[3] ?? '', of: lastWord(tokens) })
      take(heredoc[0].length)
      continue
    }
    const redirect = REDIRECT.exec(rest)
    if (redirect) {
      take(redirect[0].length)
      const blanks = /^[ \t]*/.exec(text.slice(at, at + 100))
      take(blanks?.[0].length ?? 0)
      take(wordLength(text, at))
      continue
    }
    const operator = OPERATORS.find((each) => rest.startsWith(each))
    if (operator !== undefined) {
      tokens.push({ is: 'operator', text: operator, line })
      take(operator.length)
      if (operator === '\n') for (const each of open.splice(0)) readHeredoc(each)
      continue
    }
    const length = Math.max(1, wordLength(text, at))
    const token: Token = { is: 'word', text: '', line }
    token.text = take(length)
    tokens.push(token)
  }
  return tokens

  function readHeredoc({ end, of }: { end: string; of: Token | undefined }): void {
    const begin = line
    const lines: string[] = []
    while (at < text.length) {
      const next = (/^[^\n]*\n?/.exec(text.slice(at)) ?? [''])[0]
      take(next.length)
      if (next.trim() === end) break
      lines.push(next)
    }
    if (of) of.heredoc = { text: lines.join(''), line: begin }
  }
}

function lastWord(tokens: readonly Token[]): Token | undefined {
  const last = tokens.at(-1)
  return last?.is === 'word' ? last : undefined
}

/** How long the word is that begins there: quotes and expansions are whole. */
function wordLength(text: string, begin: number): number {
  let at = begin
  while (at < text.length) {
    const letter = text[at] ?? ''
    if (letter === '\\') at += 2
    else if (letter === "'") at = after(text, at + 1, "'")
    else if (letter === '"') at = afterDouble(text, at + 1)
    else if (letter === '`') at = after(text, at + 1, '`')
    else if (letter === '$' && (text[at + 1] === '(' || text[at + 1] === '{')) at = afterBracket(text, at + 1)
    else if (ENDS_WORD.test(letter)) break
    else at += 1
  }
  return Math.min(at, text.length) - begin
}

function after(text: string, at: number, end: string): number {
  const found = text.indexOf(end, at)
  return found < 0 ? text.length : found + 1
}

function afterDouble(text: string, begin: number): number {
  let at = begin
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') at += 2
    else if (text[at] === '$' && (text[at + 1] === '(' || text[at + 1] === '{'))
      at = afterBracket(text, at + 1)
    else at += 1
  }
  return at + 1
}

/** Behind the bracket that closes the one there; quotes in between hide brackets. */
function afterBracket(text: string, begin: number): number {
  let depth = 0
  let at = begin
  while (at < text.length) {
    const letter = text[at] ?? ''
    if (letter === '\\') at += 1
    else if (letter === "'") at = after(text, at + 1, "'") - 1
    else if (letter === '"') at = afterDouble(text, at + 1) - 1
    else if (letter === '(' || letter === '{') depth += 1
    else if (letter === ')' || letter === '}') depth -= 1
    at += 1
    if (depth === 0) break
  }
  return at
}
