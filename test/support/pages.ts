// The pages of the documents, and what is code in them.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
const TOP = ['README.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
export const PAGES = [...TOP, ...globSync('docs/**/*.md', { cwd: root })].sort()

export const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms
export const CODE = /`[^`\n]*`/g

export function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The text without code, in which a `](` or `#` is none of Markdown's. Code in the words of a link stays. */
export function prose(page: string): string {
  return read(page).replace(FENCE, '')
}

/** With or without what starts it in a project. */
const COMMAND_LINE = /^ *(?:npx |\.\/node_modules\/\.bin\/)?(shipit .*)$/
/** The commands of another project. */
export const OTHER_COMMANDS = new Set(['docs/move-from/shipit-js.md'])

/** Command lines of shipit, in blocks and in the text. */
export function commandLines(page: string): string[] {
  const blocks = [...read(page).matchAll(FENCE)].flatMap(([, , text = '']) => text.split('\n'))
  const spans = [...prose(page).matchAll(CODE)].map(([code]) => code.slice(1, -1))
  return [...blocks, ...spans].flatMap((line) => COMMAND_LINE.exec(line)?.[1]?.replace(/ +#.*/, '') ?? [])
}
