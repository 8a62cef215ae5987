// What of a checkout is not committed, in words: changed files, and new ones that git was not told of and does not ignore.

/** Lines of git-status(1), porcelain version 2. What is new in a submodule is the submodule's own affair. */
export const STATUS = ['status', '--porcelain=v2', '--branch', '--ignore-submodules=untracked'] as const

/** A new folder is one line, which ends with a slash; a name with odd letters stands in quotes. */
const NEW_FOLDER = /\/"?$/

/** Words like `1 changed file and 2 new folders are not committed`, and how many things they are about; nothing if all is committed. */
export function uncommittedWords(lines: readonly string[]): { words: string; count: number } | undefined {
  const entries = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const count = entries.length
  if (count === 0) return undefined
  const fresh = entries.filter((line) => line.startsWith('? '))
  const folders = fresh.filter((line) => NEW_FOLDER.test(line)).length
  const parts = [
    ...counted(count - fresh.length, 'changed file'),
    ...counted(fresh.length - folders, 'new file'),
    ...counted(folders, 'new folder'),
  ]
  const [last = '', ...others] = parts.toReversed()
  const list = others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`
  return { words: `${list} ${count === 1 ? 'is' : 'are'} not committed`, count }
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]
}
