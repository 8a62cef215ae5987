// Words of a shell script with their quotes taken off, and their variables filled in where the script itself says what they hold.

/** Stands for what only a run would know. */
export const UNKNOWN = '\0'

const VARIABLE =
  /^\$(?:([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!])|\{([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?])(?::?[-=]([^}]*))?\})/

/** Expands a word. @returns its text, with `UNKNOWN` in place of what the script does not say */
export function expand(word: string, variables: ReadonlyMap<string, string>): string {
  let text = ''
  let at = 0
  let isDouble = false
  while (at < word.length) {
    const letter = word[at] ?? ''
    const rest = word.slice(at)
    if (letter === '\\') {
      text += word[at + 1] ?? ''
      at += 2
    } else if (letter === "'" && !isDouble) {
      const end = word.indexOf("'", at + 1)
      text += word.slice(at + 1, end < 0 ? undefined : end)
      at = end < 0 ? word.length : end + 1
    } else if (letter === '"') {
      isDouble = !isDouble
      at += 1
    } else if (letter === '`' || rest.startsWith('$(')) {
      text += UNKNOWN
      at += expressionLength(rest)
    } else if (letter === '$') {
      const [whole, plain, braced, fallback] = VARIABLE.exec(rest) ?? []
      if (whole === undefined) {
        text += rest.startsWith('${') ? UNKNOWN : letter
        at += rest.startsWith('${') ? expressionLength(rest) : 1
      } else {
        const value = variables.get(plain ?? braced ?? '')
        text += value ?? (fallback ? expand(fallback, variables) : UNKNOWN)
        at += whole.length
      }
    } else {
      text += letter
      at += 1
    }
  }
  return text
}

/** The variables that a word names. */
export function variablesIn(word: string): string[] {
  return [...word.matchAll(/\$\{?#?([A-Za-z_][A-Za-z0-9_]*|[0-9@*#])/g)].map(([, name = '']) => name)
}

function expressionLength(text: string): number {
  if (text.startsWith('`')) {
    const end = text.indexOf('`', 1)
    return end < 0 ? text.length : end + 1
  }
  let depth = 0
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '(' || text[at] === '{') depth += 1
    if (text[at] === ')' || text[at] === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  return text.length
}
