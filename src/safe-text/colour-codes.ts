// Which colours and styles of a host's output may reach the terminal (SGR: ECMA-48, 8.3.117).

/** Ends every colour and style. */
const RESET = '\x1b[0m'

/** Every sequence that `readColour` makes. */
export const COLOUR_SEQUENCE = /\x1b\[[0-9;]*m/g

/**
 * Reads the parameters of an SGR sequence and writes them anew. Blinking, concealed text and what is not known are left out.
 * @returns the whole sequence, or nothing when no code is left
 */
export function readColour(parameters: string): string {
  const words = parameters.split(';')
  const codes: string[] = []
  while (words.length > 0) {
    const word = words.shift() as string
    const [code, ...parts] = word.split(':')
    const number = Number(code)
    if (number === 38 || number === 48 || number === 58) {
      const colour = parts.length > 0 ? readParts(parts) : takeColour(words)
      // what follows a colour that is none can't be told from its parts
      if (colour === undefined) break
      if (number !== 58) codes.push(`${number};${colour}`)
    } else if (parts.length === 0 && isHarmless(number)) {
      codes.push(String(number))
    }
  }
  return codes.length > 0 ? `\x1b[${codes.join(';')}m` : ''
}

function isHarmless(code: number): boolean {
  return (
    (code >= 0 && code <= 4) ||
    code === 7 ||
    code === 9 ||
    (code >= 21 && code <= 24) ||
    code === 27 ||
    code === 29 ||
    (code >= 30 && code <= 49) ||
    (code >= 90 && code <= 107)
  )
}

/** Colons: 5:N, 2:R:G:B or 2:SPACE:R:G:B (ITU-T T.416). */
function readParts(parts: string[]): string | undefined {
  const [kind, ...rest] = parts
  if (kind === '2' && rest.length >= 4) rest.shift()
  return takeColour([kind ?? '', ...rest])
}

function takeColour(words: string[]): string | undefined {
  const kind = words.shift()
  const length = kind === '5' ? 1 : kind === '2' ? 3 : undefined
  if (length === undefined) return undefined
  const values = words.splice(0, length).map(Number)
  if (values.length < length || values.some((value) => !(value <= 255))) return undefined
  return [kind, ...values].join(';')
}

/** Ends the colours of a line that has some. */
export function closeColour(line: string, coloured: boolean): string {
  return coloured && !line.endsWith(RESET) ? line + RESET : line
}
