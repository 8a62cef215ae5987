// The lines of one file of ssh_config, split by the package ssh-config. It takes what is written otherwise than plainly
// (backslashes, single quotes, a # within a word) for something else than ssh does: such lines are found here and not used.
import { readFileSync, statSync } from 'node:fs'
import SSHConfig from 'ssh-config'

/** A line that says something. */
export type ConfigLine = {
  number: number
  /** in lower case; empty where there is none */
  keyword: string
  /** nothing where only ssh can tell */
  words?: readonly string[]
  /** the line without its keyword, as it is written */
  rest: string
  text: string
}

/** A word as ssh and the package both read it. */
const WORD = String.raw`(?:[^\s"'\\#=]+|"[^"\\]+")`
const PLAIN = new RegExp(`^${WORD}(?:[ \\t]+${WORD})*(?:[ \\t]+#.*)?$`)
const LINE = /^[ \t]*([a-z][a-z0-9]*)(?:[ \t]*=[ \t]*|[ \t]+)(.+)$/i
const NOTHING = /^[ \t]*(?:#.*)?$/
/** What ssh strips at the end of a line (readconf.c). */
const LINE_END = /[ \t\r\f]+$/

/** Splits a file into its lines, without empty ones and comments. */
export function parseLines(text: string): ConfigLine[] {
  return text.split('\n').flatMap((written, index) => {
    const line = written.replace(LINE_END, '')
    if (NOTHING.test(line)) return []
    const [, keyword = '', rest = ''] = LINE.exec(line) ?? []
    const words = PLAIN.test(rest) ? splitWords(line) : undefined
    return [
      { number: index + 1, keyword: keyword.toLowerCase(), rest, text: line.trim(), ...(words && { words }) },
    ]
  })
}

/** The words after the keyword; what takes one value keeps more of them in one. */
function splitWords(line: string): string[] | undefined {
  try {
    const [node] = SSHConfig.parse(line)
    if (node === undefined || !('value' in node)) return undefined
    return typeof node.value === 'string' ? [node.value] : node.value.map(({ val }) => val)
  } catch {
    return undefined
  }
}

/** Writable by others, or somebody else's: ssh(1) does not read such a file of a person (FILES). */
const WRITABLE_BY_OTHERS = 0o022

/**
 * Reads a file of ssh_config; one that is not there is empty.
 * @throws Error with a reason in words where ssh would not read it
 */
export function readConfigFile(file: string, isPersons: boolean): string {
  try {
    if (isPersons) checkOwner(file)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return ''
    throw error
  }
}

function checkOwner(file: string): void {
  const self = process.getuid?.()
  if (self === undefined) return
  const { uid, mode } = statSync(file)
  if (uid !== 0 && uid !== self) throw new Error('it belongs to somebody else')
  if ((mode & WRITABLE_BY_OTHERS) !== 0) throw new Error('others can write to it')
}
