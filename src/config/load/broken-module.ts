// What Node says of a module that it can't parse, without what the literals in it say: nothing hides a config's secrets before the
// config is loaded.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { excerptOf } from '../source/locate.ts'
import { maskLiterals } from '../source/mask-literals.ts'

/** Where a module is broken, and how. */
export type BrokenModule = {
  file: string
  line: number
  /** unknown where Node points at no sign of the line */
  column?: number
  /** `SyntaxError: Unexpected string` */
  error: string
  /** the line, and a sign below it */
  excerpt: readonly string[]
}

/** File and line, rows of the file with carets below them, and after an empty row the error. */
const TOLD = /^(?<file>(?:file:\/\/)?\/[^\n]*):(?<line>\d+)\n(?<rows>[\s\S]*?)\n\s*(?<error>\w*Error\b[^\n]*)/
/** The beginning of the text that is no JSON, which may be a secret. */
const NOT_JSON = /, (?:\.\.\.)?"[\s\S]*"(?:\.\.\.)? is not valid JSON/
/** How wide Node shows a tab in TypeScript. */
const TAB = '    '
const PLAIN = /^[\t -~]*$/

/** Reads the head of a stack. @returns nothing if it names no line of a file */
export function readBroken(head: string): BrokenModule | undefined {
  const { file: named = '', line: digits, rows = '', error = '' } = TOLD.exec(head)?.groups ?? {}
  const line = Number(digits)
  const file = named.startsWith('file:') ? fileURLToPath(named) : named
  const text = readText(file)
  if (!line || text === undefined) return undefined
  const written = text.split('\n')[line - 1] ?? ''
  const masked = maskLiterals(text, line)
  const column = columnIn(rows.split('\n'), written)
  const place = { line, ...(column !== undefined && { column }) }
  return {
    file,
    ...place,
    error: withoutWords(error, { written, masked }),
    excerpt: excerptOf(masked, place),
  }
}

/** Says what a program said of a text that is not JSON, without the text. */
export function withoutJson(message: string): string {
  return message.replace(NOT_JSON, ': it is not valid JSON')
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Counted from 1, by the carets below the line. Signs that are wide or narrow make it unknown. */
function columnIn(rows: readonly string[], line: string): number | undefined {
  const below = rows.findIndex((row) => /^\s*\^+\s*$/.test(row))
  const caret = rows[below]?.indexOf('^') ?? -1
  if (caret < 0) return undefined
  for (const tab of ['\t', TAB]) {
    const show = (text: string) => text.replaceAll('\t', tab)
    if (rows[below - 1] !== show(line)) continue
    const before = [...line.split('').keys()].find((at) => show(line.slice(0, at)).length >= caret)
    return before === undefined || !PLAIN.test(line.slice(0, before)) ? undefined : before + 1
  }
  return undefined
}

/** Node quotes words of the line in its error. */
function withoutWords(error: string, { written, masked }: { written: string; masked: string }): string {
  return error.replaceAll(/(['"`])([^'"`]+)\1/g, (quoted, _, word: string) =>
    /\w/.test(word) && written.includes(word) && !masked.includes(word) ? "'…'" : quoted,
  )
}
