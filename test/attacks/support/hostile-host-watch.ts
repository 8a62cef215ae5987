// Looks at every byte that the client shows, and keeps what must not be there.
import type { Reader } from './hostile-host-client.ts'

/** Control characters but tab and newline, and what hides or turns text. */
const UNSEEN =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u

/** What the rows are painted with (listr2 and log-update): the cursor hidden and shown, up, down and left, a line erased. */
const PAINTING = /\x1b\[(?:\?25[hl]|\?2026[hl]|\d*[AB]|1?G|2?K)/g
/** The question after a Ctrl-C, as node:readline paints it. */
const QUESTION = /\x1b\[0J|(?<=\? \[[LCcg/]{3,5}\] )\x1b\[\d+G/g
const COLOUR = /\x1b\[[0-9;]*m/g
/** What the host sent between its marks: nothing but text may stand there. */
const WITHIN_MARKS = /EVIL(?!(?:\x1b\[[0-9;]*m)*(?:[\x20-\x7e\ufffd…\t]|(?:\x1b\[K)?\r?\n|$))/

const TAIL = 16 * 1024

export class Watch {
  readonly #reader: Reader
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #rest = ''
  readonly forbidden: string[] = []
  tail = ''

  constructor(reader: Reader) {
    this.#reader = reader
  }

  take(chunk: Buffer): void {
    try {
      this.#look(this.#rest + this.#decoder.decode(chunk, { stream: true }))
    } catch {
      this.#forbid('bytes that are no UTF-8')
    }
  }

  /** Who is told to stop leaves within a moment, with a line half written to a pipe that was full: that line alone is not judged. */
  end(how: 'by itself' | 'stopped'): void {
    if (how === 'by itself' || this.#reader !== 'json') this.#check(this.#rest)
  }

  #look(text: string): void {
    this.tail = (this.tail + text.slice(this.#rest.length)).slice(-TAIL)
    // whole lines only: a sequence may be cut by the end of a chunk
    const end = text.lastIndexOf('\n') + 1
    this.#rest = text.slice(end)
    this.#check(text.slice(0, end))
  }

  #check(text: string): void {
    if (this.forbidden.length > 10) return
    if (this.#reader === 'terminal') {
      const marks = WITHIN_MARKS.exec(text)
      if (marks) this.#forbid(text.slice(marks.index, marks.index + 20))
    }
    const bare =
      this.#reader === 'terminal'
        ? text.replaceAll(PAINTING, '').replaceAll(QUESTION, '').replaceAll(COLOUR, '').replaceAll('\r', '')
        : text
    const found = UNSEEN.exec(bare)
    if (found) this.#forbid(bare.slice(Math.max(0, found.index - 10), found.index + 20))
    if (this.#reader === 'json') this.#checkJson(text)
    else if (this.#reader !== 'terminal' && /##(?:\[|vso\[|teamcity\[)|^\s*::/m.test(bare))
      this.#forbid('a command to a CI system')
    else if (this.#reader === 'pipe' && /^EVIL/m.test(bare)) this.#forbid('a line of the host alone')
  }

  #checkJson(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue
      try {
        JSON.parse(line)
      } catch {
        this.#forbid(`no JSON: ${line.slice(0, 60)}`)
      }
    }
  }

  #forbid(what: string): void {
    this.forbidden.push(JSON.stringify(what))
  }
}
