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
