// Our own lines on their way to people: ids of runs are short, a command stands alone, and a terminal gets lines that fit.
import { cleanOwnLines } from '../../safe-text/own-lines.ts'
import { shortenRuns } from '../../words/run-id.ts'
import type { Style } from './style.ts'
import { textWidth } from './text-width.ts'

/** What a command to copy begins with. */
const PROGRAM = '(?:shipit|git|npm|npx|ssh|ssh-add|ssh-keygen|sh|sudo|usermod|getent|mv|chown|chmod|ulimit)'
const HINT_SIGN = String.raw`\s*(?:\x1b\[[0-9;]*m)*[→>](?:\x1b\[[0-9;]*m)* `

/** A hint that ends with a command to copy: what comes before it, and the command. What only quotes somebody is no hint. */
const ENDS_IN_COMMAND = new RegExp(String.raw`^(${HINT_SIGN}.*\S:) (${PROGRAM} \S.*)$`)

/** The same with the command in backticks, and no other one before it. */
const ENDS_IN_QUOTED_COMMAND = new RegExp(`^(${HINT_SIGN}[^\`]*\\S:) \`(${PROGRAM} [^\`]+)\`\\.?$`)

/** Blanks, and a sign or a host that stands before a text. */
const HANGS = /^(\s*(?:(?:\x1b\[[0-9;]*m)*(?:[^\w\s'"([/-]|[x+>!~-](?= ))(?:\x1b\[[0-9;]*m)* )?)/u

/** A name, then its text in a column. */
const COLUMN = /^\s*(?:\x1b\[[0-9;]*m)*[\w ]{1,12}(?:\x1b\[[0-9;]*m)* {2,}(?=\S)/

/** What a host printed, with the host before it. */
const QUOTED = /^\s*(?:\x1b\[[0-9;]*m)*\S+ \|(?:\x1b\[[0-9;]*m)* /

/** Of a text that no line may end within: a number and its unit, a run and its id, a time. */
const TIED = [
  String.raw`(?<=\d) (?:s|min|h|seconds?|minutes?|hours?|days?)\b`,
  String.raw`(?<=\brun) [0-9a-f]{7}\b`,
  String.raw`(?<=\d{4}-\d\d-\d\d) \d\d:\d\d`,
  String.raw`(?<=\d:\d\d) UTC\b`,
].join('|')

/** Before blanks, but for those within what is tied. */
const BREAKS = new RegExp(String.raw`(?<=\S)(?= )(?!${TIED})`)

/** Between parts of a line: the break takes its place. */
const SEPARATOR_AT_END = / {2}[·-]$/

/** A terminal that is narrower shows nothing well. */
const MIN_COLUMNS = 30

export type Screen = {
  style: Pick<Style, 'colour' | 'paint'>
  /** of the terminal; without it lines stay as long as they are */
  columns?: number | undefined
}

/** Says how wide a stream's lines may be. */
export function columnsOf(
  stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number },
): number | undefined {
  return stream.isTTY && stream.columns ? stream.columns : undefined
}

/** Makes lines of ours fit to be read. */
export function screenLines(lines: readonly string[], { style, columns }: Screen): string[] {
  return cleanOwnLines(lines, style).flatMap((line) => {
    const text = shortenRuns(line)
    const [, words, command] = ENDS_IN_COMMAND.exec(text) ?? ENDS_IN_QUOTED_COMMAND.exec(text) ?? []
    if (words === undefined || command === undefined) return wrapLine(text, columns)
    return [...wrapLine(words, columns), commandLine(command, { before: hangOf(words), style, columns })]
  })
}

/** A command is never wrapped: what is copied must be whole. */
function commandLine(
  command: string,
  { before, style, columns = Number.POSITIVE_INFINITY }: Screen & { before: number },
): string {
  const indent = before + 2 + textWidth(command) <= columns ? before + 2 : 0
  return `${' '.repeat(indent)}${style.paint('bold', command)}`
}

/** Wraps a line at its blanks; what follows hangs below the text. A word that is too long stays whole. */
function wrapLine(line: string, columns: number | undefined): string[] {
  if (columns === undefined || columns < MIN_COLUMNS || textWidth(line) <= columns) return [line]
  const hang = Math.min(hangOf(line), Math.floor(columns / 2))
  const lines: string[] = []
  let current = ''
  let isEmpty = true
  for (const piece of line.split(BREAKS)) {
    const next = isEmpty && lines.length > 0 ? piece.trimStart() : piece
    if (isEmpty || textWidth(current + next) <= columns) {
      current += next
      isEmpty = false
      continue
    }
    lines.push(current.replace(SEPARATOR_AT_END, ''))
    isEmpty = SEPARATOR_AT_END.test(piece)
    current = ' '.repeat(hang) + (isEmpty ? '' : piece.trimStart())
  }
  return [...lines, current]
}

/** Where the text of a line begins. */
function hangOf(line: string): number {
  const [lead = ''] = QUOTED.exec(line) ?? COLUMN.exec(line) ?? HANGS.exec(line) ?? []
  const width = textWidth(lead)
  return width === 0 ? 2 : width
}
