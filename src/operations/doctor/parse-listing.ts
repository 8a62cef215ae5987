// Reads what `ls -ld` prints (POSIX, ls): type and mode, links, owner, group, size, date, path.
import type { FoundFile } from './facts.ts'

const LINE = /^([-dlbcps])([-rwxsStT]{9})[.+@]? +\d+ +(\S+) +(\S+) .* (\/\S+)$/
/** `ls: cannot access '/a': No such file or directory`, or without the quotes */
const MISSING = /^ls: .*?(\/[^':\s]+)'?: No such file/

/** Parses a listing of absolute paths; what could not be listed is `missing`, or left out where it could not be seen. */
export function parseListing(text: string): Map<string, FoundFile> {
  const files = text.split('\n').flatMap((line): FoundFile[] => {
    const missing = MISSING.exec(line)?.[1]
    if (missing) return [{ sum: 'missing', mode: 0, owner: '-', path: missing }]
    const [, type, letters = '', owner = '', group = '', path = ''] = LINE.exec(line) ?? []
    if (!type || type === 'l') return []
    const sum = type === 'd' ? 'folder' : 'unread'
    return [{ sum, mode: parseMode(letters), owner: `${owner}:${group}`, path }]
  })
  return new Map(files.map((file) => [file.path, file]))
}

function parseMode(letters: string): number {
  let mode = 0
  for (const [at, letter] of [...letters].entries()) {
    if (!'-ST'.includes(letter)) mode |= 1 << (8 - at)
    if (/[sStT]/.test(letter)) mode |= [0o4000, 0o2000, 0o1000][Math.floor(at / 3)] ?? 0
  }
  return mode
}
