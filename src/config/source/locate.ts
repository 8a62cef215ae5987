// Where in the text of a config a value stands, by its key path: `steps[2].from`.
import { maskInLine } from '../../safe-text/secrets.ts'
import { findExport, findNamed, type Literal } from './literals.ts'

/** A place in a file; both are counted from 1. */
export type Place = {
  line: number
  column: number
  /** it is the value's own place, and not that of what holds it */
  isExact: boolean
}

/** More names than these are a circle. */
const MOST_NAMES = 8

/** Finds where a key path leads, or how far. @returns nothing if the text does not say what is exported */
export function locate(text: string, path: string): Place | undefined {
  const whole = findExport(text)
  if (!whole) return undefined
  let here = resolve(text, whole)
  let at = here.at
  let isExact = true
  for (const key of keysOf(path)) {
    const found = stepInto(text, here, key)
    if (!found) {
      isExact = false
      break
    }
    at = found.at
    here = resolve(text, found.value)
  }
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, isExact }
}

function keysOf(path: string): string[] {
  return [...path.matchAll(/[^.[\]]+/g)].map(([key]) => key)
}

/** A name leads to its value, and `defineConfig({ … })` to its argument. */
function resolve(text: string, literal: Literal): Literal {
  let here = literal
  for (let count = 0; here.name !== undefined && count < MOST_NAMES; count += 1) {
    const next = findNamed(text, here.name)
    if (!next) break
    here = next
  }
  return here
}

function stepInto(text: string, here: Literal, key: string): { at: number; value: Literal } | undefined {
  const known = here.keys?.get(key)
  if (known) return known
  // service('shop', 'reload'): an option that stands as a word
  const word = key === 'verb' ? here.args?.[1] : undefined
  if (word) return { at: word.at, value: word }
  const isIndex = /^\d+$/.test(key)
  const item = isIndex ? here.items?.[Number(key)] : undefined
  if (item) return { at: item.at, value: item }
  for (const argument of here.args ?? []) {
    const found = stepInto(text, resolve(text, argument), key)
    if (found) return found
  }
  return undefined
}

/** Wider excerpts would be wrapped on a small terminal. */
const WIDTH = 72

/** An account or a token in a URL is nobody's to read; the columns stay. */
function withoutSecrets(line: string): string {
  return line.replaceAll(/:\/\/([^\s/'"`]*)@/g, (_, secret: string) => `://${'*'.repeat(secret.length)}@`)
}

/** The line of a place, and a sign below it: what a person looks for. */
export function excerpt(text: string, place: Place): string[] {
  return excerptOf(withoutSecrets(maskInLine(text.split('\n')[place.line - 1] ?? '')), place)
}

/** The same of a line without secrets; without a column there is no sign. */
export function excerptOf(shownLine: string, { line, column }: { line: number; column?: number }): string[] {
  const whole = shownLine.replaceAll('\t', ' ').trimEnd()
  if (column === undefined) return whole === '' ? [] : [`${line} | ${whole.trimStart().slice(0, WIDTH)}`]
  const start = Math.max(0, Math.min(column - 1 - Math.floor(WIDTH / 2), whole.length - WIDTH))
  const indent = start > 0 ? 0 : whole.length - whole.trimStart().length
  const from = start > 0 ? start : Math.min(indent, column - 1)
  const shown = whole.slice(from, from + WIDTH)
  const number = String(line)
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${' '.repeat(column - 1 - from)}^`]
}
