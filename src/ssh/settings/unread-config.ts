// What of ssh_config is for a host and was not read, where ssh can't be asked: said rather than guessed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of ssh_config, and the lines in it that would have counted. */
export type UnreadConfig = {
  file: string
  /** `line 3 (Host live)`; a Match or an Include may be for it */
  blocks: readonly string[]
}

const BLOCK = /^\s*(Host|Match|Include)(?:\s*=\s*|\s+)(.*?)\s*$/i

/** Finds what the person's own config has for a host; nothing where there is no such file, or nothing for it. */
export function findUnread(home: string, name: string): UnreadConfig | undefined {
  const file = join(home, '.ssh', 'config')
  const blocks = readIfThere(file)
    .split('\n')
    .flatMap((line, index) => {
      const [, keyword = '', words = ''] = BLOCK.exec(line) ?? []
      if (keyword === '' || (/^host$/i.test(keyword) && !isFor(words, name))) return []
      return [`line ${index + 1} (${keyword} ${words})`]
    })
  return blocks.length > 0 ? { file, blocks } : undefined
}

/** ssh_config(5), PATTERNS. */
function isFor(words: string, name: string): boolean {
  const patterns = words.replaceAll('"', '').split(/\s+/)
  const matches = (pattern: string) => toRegExp(pattern).test(name)
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))
  )
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`, 'i')
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
