// Text that a host, a repository or another person chose, made fit for a sentence or a few lines of ours: what SafeLines lets
// through of it, without colour, and not without end.
import { linesOf } from './block.ts'
import { SafeLines } from './safe-lines.ts'

/** More is left out: longer text is not a message. */
const MAX_CHARACTERS = 64 * 1024
const MAX_LINES = 200
/** Of a sentence of ours, with all that it quotes: a key, a command, a path. */
const MAX_SENTENCE = 4096
/** Of what is quoted within one. */
const MAX_QUOTE = 200

/** Makes safe lines of a text, at most 200. */
export function cleanLines(text: string): string[] {
  const safe = new SafeLines({ colour: false })
  const whole = safe.push(Buffer.from(text.slice(0, MAX_CHARACTERS)))
  const isLong = text.length > MAX_CHARACTERS
  // a secret may be cut in two
  const lines = isLong ? [...linesOf(whole), safe.current] : linesOf([...whole, ...safe.end()])
  const isCut = isLong || lines.length > MAX_LINES
  return isCut ? [...lines.slice(0, MAX_LINES), '…'] : lines
}

/** Makes one safe line of a text: a sentence of ours, which may quote. */
export function cleanLine(text: string): string {
  return cut(cleanLines(text).join(' '), MAX_SENTENCE)
}

/** Makes one short safe line of what somebody else says, to be quoted in a sentence. */
export function cleanQuote(text: string): string {
  return cut(cleanLine(text).trim(), MAX_QUOTE)
}

function cut(line: string, most: number): string {
  return line.length > most ? `${line.slice(0, most).toWellFormed()}…` : line
}
