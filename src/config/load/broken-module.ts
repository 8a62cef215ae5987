// What Node says of a module that it can't parse, without what may be a secret in it: nothing hides a config's secrets before the
// config is loaded.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { excerptOf } from '../source/locate.ts'
import { KEYWORDS, maskLine } from '../source/mask-line.ts'

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
/** A sign of the text that is no JSON, and the text around it. */
const NOT_JSON = /Unexpected token '[\s\S]+?', (?:\.\.\.)?"[\s\S]*"(?:\.\.\.)? is not valid JSON/
/** With the pattern, which may have slashes in it. */
const NO_PATTERN = /(Invalid regular expression: )\/[\s\S]*\/[a-z]*(?=: )/
/** Node's loader names a module and what it exports. A URL may hold more than that. */
const IMPORT =
  /^SyntaxError: (?:The requested module '(?!data:|[^']*:\/\/)[^']*' |Named export '[^']*' not found\.)/
/** TypeScript's parser may name what it got instead: `got 'string literal (…)'`. */
const GOT = / \(.*\)(?=')/
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
  const column = columnIn(rows.split('\n'), written)
  const place = { line, ...(column !== undefined && { column }) }
  return {
    file,
    ...place,
    error: withoutWords(error, written),
    excerpt: excerptOf(maskLine(written), place),
  }
}

/**
 * Says what is wrong with a module, or a text that it reads, without quoting it.
 * @param head of an error that names no line
 */
export function withoutText(head: string): string {
  return /^SyntaxError\b/.test(head) ? withoutWords(head) : withoutQuotes(head)
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

function withoutQuotes(error: string): string {
  return error.replace(NOT_JSON, 'the text is not valid JSON').replace(NO_PATTERN, '$1/…/')
}

/** Node quotes words of the line in its error. @param line without it each word may be of the line */
function withoutWords(error: string, line?: string): string {
  if (IMPORT.test(error)) return error
  const isKnown = (words: string) => [...words.matchAll(/\w+/g)].every(([word]) => KEYWORDS.has(word))
  return withoutQuotes(error)
    .replace(GOT, '')
    .replaceAll(/(['"`])([^'"`]+)\1/g, (quoted, _, words: string) =>
      isKnown(words) || (line !== undefined && !line.includes(words)) ? quoted : "'…'",
    )
}
