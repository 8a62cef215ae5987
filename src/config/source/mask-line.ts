// A line of a module that can't be parsed, without what may be a secret: nobody can say where a text in it begins or ends, so
// only what is known in advance is shown.
import { configSchema } from '../schema/config-schema.ts'
import { STEP_SCHEMAS } from '../schema/step-schemas.ts'

/** The words of the language. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'as async await break case catch class const continue debugger default delete do else enum export extends false finally for from ' +
    'function if implements import in instanceof interface let namespace new null of package private protected public return ' +
    'satisfies static super switch this throw true try type typeof undefined var void while with yield'
  ).split(' '),
)

/** The functions that a config is written with, but for those that are named after their step. */
const FUNCTIONS = ['defineConfig', 'make', 'releases', 'sandbox']
const KEYS: ReadonlySet<string> = new Set([
  ...FUNCTIONS,
  ...Object.keys(STEP_SCHEMAS),
  ...keysOf([configSchema, STEP_SCHEMAS]),
])

/** What separates values: one sign each. */
const SIGN = /[{}[\](),:;'"`]/
/** The first word of a line. */
const FIRST = /^\s*([a-z]+)(?=\s|$)/
/** A word in front of a colon or a bracket; a part of a longer one does not count. */
const BEFORE_VALUE = /(?<=^|[\s{[(,;])[A-Za-z]+(?=\s*[:(])/g

/**
 * Masks a line, a `*` for each sign, so that columns stay. What is left are brackets, quotes, commas, colons and semicolons, the
 * keys and functions of a config where they stand before a value, and a keyword that the line begins with.
 */
export function maskLine(line: string): string {
  const kept = new Set<number>()
  const keep = (start: number, word: string) => {
    for (let at = start; at < start + word.length; at += 1) kept.add(at)
  }
  const [start = '', first = ''] = FIRST.exec(line) ?? []
  if (KEYWORDS.has(first)) keep(0, start)
  for (const { 0: word, index } of line.matchAll(BEFORE_VALUE)) if (KEYS.has(word)) keep(index, word)
  return line.replaceAll(/\S/g, (sign, at: number) => (kept.has(at) || SIGN.test(sign) ? sign : '*'))
}

/** The keys of all objects that a schema has within. */
function keysOf(part: unknown, seen = new Set<unknown>()): string[] {
  if (typeof part !== 'object' || part === null || seen.has(part)) return []
  seen.add(part)
  const own = 'entries' in part ? Object.keys(Object(part.entries)) : []
  return [...own, ...Object.values(part).flatMap((each) => keysOf(each, seen))]
}
