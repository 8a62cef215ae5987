// Text that a host chose, made fit for an error message: no escape sequences, no control or direction characters, no end.

const ESCAPE = String.fromCharCode(0x1b)
/** Escape sequences as terminals know them (ECMA-48): CSI ones, strings up to their end, then whatever has two characters. */
const SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^${ESCAPE}\\u0007]*(?:${ESCAPE}\\\\|\\u0007)?|[ -~])`,
  'g',
)
/** Control characters (C0, C1), those that are not seen or turn the direction, and the separators of lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu
const MAX_CHARACTERS = 200

/** Makes one short line (200 characters) of what a host says. */
export function cleanLine(text: string): string {
  const line = text
    .slice(0, MAX_CHARACTERS * 20)
    .replace(SEQUENCE, '')
    .replace(UNSEEN, ' ')
    .trim()
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line
}

/** Makes lines of what a host says; only newlines and tabs stay. */
export function cleanLines(text: string): string {
  return text
    .replace(SEQUENCE, '')
    .split('\n')
    .map((line) =>
      line
        .split('\t')
        .map((part) => part.replace(UNSEEN, ''))
        .join('\t'),
    )
    .join('\n')
}
