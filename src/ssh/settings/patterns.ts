// Patterns of ssh_config(5), PATTERNS: `*`, `?` and `!`, for names and for the files of an Include.
import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join, parse, sep } from 'node:path'
import { lately } from './lately.ts'

/** Whether a list of patterns is for a text: one of them matches, and none with a `!`. */
export function isListed(patterns: readonly string[], text: string): boolean {
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, text)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), text))
  )
}

/** `*` is any text, `?` one character. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** What only glob(7) or a newer ssh understands in the path of an Include. */
const BEYOND = /[[\]{}%$\\]|^~[^/]/

/**
 * The files that an Include names, in order.
 * @param folder what relative paths are relative to
 * @returns nothing where only ssh can tell
 */
export function findIncluded(
  path: string,
  { folder, home }: { folder: string; home: string },
): string[] | undefined {
  if (BEYOND.test(path)) return undefined
  const known = path.replace(/^~(?=\/|$)/, () => home)
  const whole = isAbsolute(known) ? known : join(folder, known)
  return expanded.ask(whole)
}

const expanded = lately((path): string[] => {
  const { root } = parse(path)
  const parts = path.slice(root.length).split(sep)
  return parts.reduce((found, part) => found.flatMap((each) => entries(each, part)), [root])
})

function entries(folder: string, part: string): string[] {
  if (!/[*?]/.test(part)) return existsSync(join(folder, part)) ? [join(folder, part)] : []
  try {
    return readdirSync(folder)
      .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matches(part, name))
      .toSorted()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}
