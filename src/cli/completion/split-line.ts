// The words of a command line as bash has it before the cursor. Only quotes and backslashes are taken away: nothing is expanded, so a
// `$(…)` in it stays what it is, letters.

/** A line in words; the last one is what is being typed, and may be empty. */
export type SplitLine = {
  words: string[]
  /** the last word as it stands in the line */
  raw: string
  /** the quote in which the line ends */
  quote: '' | "'" | '"'
}

/** Splits the line; of several commands in it (`a && b`) the last one is meant, which bash has cut out already. */
export function splitLine(line: string): SplitLine {
  const words: string[] = []
  let word = ''
  let raw = ''
  let quote: SplitLine['quote'] = ''
  let isEscaped = false
  for (const char of line) {
    if (!isEscaped && quote === '' && /[ \t\n]/.test(char)) {
      if (raw !== '') words.push(word)
      word = ''
      raw = ''
      continue
    }
    raw += char
    if (isEscaped) {
      word += quote === '"' && !/["\\$`]/.test(char) ? `\\${char}` : char
      isEscaped = false
    } else if (char === '\\' && quote !== "'") isEscaped = true
    else if (quote === '' && (char === "'" || char === '"')) quote = char
    else if (char === quote) quote = ''
    else word += char
  }
  return { words: [...words, word], raw, quote }
}
