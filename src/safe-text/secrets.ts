// What the config says is never shown. All text on its way to a person or a program comes through here: host output and our own lines
// as they are made safe, JSON as it is rendered.
import type { Pattern } from '../redact/pattern.ts'
import { type Found, type Progress, Redactor } from '../redact/redactor.ts'
import { Block, linesOf } from './block.ts'
import { COLOUR_SEQUENCE } from './colour-codes.ts'

/** What is shown in place of a secret, whatever its length. */
const MARK = '***'

/** Parts between colours, and these. */
const COLOURS = new RegExp(`(${COLOUR_SEQUENCE.source})`)

/** Nothing where nothing is to be hidden: then no text is looked at. */
let redactor: Redactor | undefined

/** Has these hidden from now on, in all that is shown. @throws SyntaxError as the check of a config tells it */
export function hideSecrets(patterns: readonly Pattern[]): void {
  redactor = patterns.length > 0 ? new Redactor(patterns) : undefined
}

/** Says whether anything is hidden. */
export function hasSecrets(): boolean {
  return redactor !== undefined
}

/** Hides what is secret in a text of one line or more. */
export function hideInText(text: string): string {
  if (!redactor) return text
  return text
    .split('\n')
    .map((line) => hideInLine(line))
    .join('\n')
}

/** Hides what is secret in a line without colours, a sign for each character: all else stays in its column. */
export function maskInLine(line: string): string {
  const spans = redactor?.readLine(line).spans ?? []
  return spans.reduce(
    (masked, [from, to]) => masked.slice(0, from) + '*'.repeat(to - from) + masked.slice(to),
    line,
  )
}

/** Hides what is secret in whole lines. */
export function hideInBlock(block: Block): Block {
  if (!redactor) return block
  const lines = block.bytes ?? block.text
  // a colour may stand within a secret
  if (typeof lines === 'string' && lines.includes('\x1b'))
    return new Block(
      linesOf([block])
        .map((line) => `${hideInLine(line)}\n`)
        .join(''),
    )
  const pieces: string[] = []
  let done = 0
  for (let found = redactor.find(lines); found >= 0; found = redactor.find(lines, done + 1)) {
    const start = lines.lastIndexOf('\n', found - 1) + 1
    const end = lines.indexOf('\n', found)
    pieces.push(cut(lines, done, start), hideInLine(cut(lines, start, end)))
    done = end
  }
  if (pieces.length === 0) return block
  const text = pieces.join('') + cut(lines, done)
  return block.bytes ? new Block(Buffer.from(text, 'latin1'), block.count) : new Block(text)
}

function cut(text: string | Buffer, from: number, to?: number): string {
  return typeof text === 'string' ? text.slice(from, to) : text.toString('latin1', from, to)
}

/** Hides what is secret in a whole line, which may have colours. */
function hideInLine(line: string): string {
  if (!redactor) return line
  const plain = withoutColours(line)
  // far less work than to read it both ways
  return redactor.find(`${plain}\n`) < 0 ? line : cover(line, redactor.readLine(plain))
}

/** One line that comes in pieces: what is secret may begin in one of them and end in another. */
export class SecretLine {
  #from: Progress | undefined
  /** what was taken last ends in the middle of a secret */
  #isWithin = false

  /** The rest of the line. */
  end(rest: string): string {
    if (!this.#from) return hideInLine(rest)
    if (!redactor) return rest
    const found = redactor.readLine(withoutColours(rest), this.#from)
    const shown = this.#coverNext(rest, found)
    this.begin()
    return shown
  }

  /** A piece that can't wait for what follows. */
  piece(piece: string): string {
    if (!redactor) return piece
    const found = redactor.readPiece(withoutColours(piece), this.#from)
    this.#from = found.next
    return cover(piece, found)
  }

  /** What may be shown of the piece that comes next, as far as it has come. */
  start(start: string): string {
    return redactor ? cover(start, redactor.readStart(withoutColours(start), this.#from)) : start
  }

  /** Takes what may be shown of a piece without colours. @returns that, and what has to wait */
  take(piece: string): { shown: string; waits: string } {
    if (!redactor) return { shown: piece, waits: '' }
    const found = redactor.readStart(piece, this.#from)
    this.#from = found.next
    const shown = this.#coverNext(piece, found)
    if (found.certain > 0) this.#isWithin = found.spans.at(-1)?.[1] === found.certain
    return { shown, waits: piece.slice(found.certain) }
  }

  /** Another line begins. */
  begin(): void {
    this.#from = undefined
    this.#isWithin = false
  }

  /** One secret has one mark. */
  #coverNext(piece: string, found: Found): string {
    const isMarked = this.#isWithin && found.spans[0]?.[0] === 0
    return cover(piece, found).slice(isMarked ? MARK.length : 0)
  }
}

function withoutColours(line: string): string {
  return line.includes('\x1b') ? line.replaceAll(COLOUR_SEQUENCE, '') : line
}

/** Puts marks in the place of what was found. Colours stay. */
function cover(line: string, { spans, certain }: Found): string {
  if (spans.length === 0 && certain >= line.length) return line
  const left = [...spans]
  let covered = ''
  let at = 0
  for (const part of line.split(COLOURS)) {
    if (part.startsWith('\x1b')) {
      covered += part
      continue
    }
    const end = Math.min(at + part.length, certain)
    let from = at
    for (let [span] = left; span && span[0] < end; [span] = left) {
      covered += part.slice(from - at, Math.max(span[0], at) - at)
      if (span[0] >= at) covered += MARK
      from = Math.min(span[1], end)
      if (span[1] > end) break
      left.shift()
    }
    covered += part.slice(from - at, Math.max(end, from) - at)
    at += part.length
  }
  return covered
}
