// What a program on a host says to a person on a terminal, made safe as it comes: a question for a password has no end of line.
import { ESC, EscapeSequence } from './escape-sequence.ts'
import { endOfPlainText, isHighSurrogate } from './plain-text.ts'
import { SecretLine } from './secrets.ts'

const LF = 0x0a
const CR = 0x0d
/** For a terminal in raw mode, which ssh sets; any other takes it as well. */
const NEWLINE = '\r\n'

/** What may still become a secret waits; more of it does not. */
const MOST_WAITING = 4096

/** Lets text, tabs and new lines through. No colour stays, and no line is written over. */
export class LiveText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #sequence = new EscapeSequence()
  /** a CR came, which is told from a CRLF by what comes next */
  #returned = false
  readonly #secrets = new SecretLine()
  #waiting = ''

  /** Returns what may be shown of the bytes, at once. */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true })
    let shown = ''
    let at = 0
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (this.#sequence.isOpen) {
        if (this.#sequence.take(code)) at += 1
        continue
      }
      const end = endOfPlainText(text, at)
      if (end > at) {
        if (this.#returned) shown += this.#endLine()
        this.#returned = false
        this.#waiting += text.slice(at, end)
        at = end
        continue
      }
      if (code === LF || code === 0x2028 || code === 0x2029) {
        shown += this.#endLine()
        this.#returned = false
      } else if (code === CR) this.#returned = true
      else if (code === ESC) this.#sequence.begin()
      at += isHighSurrogate(code) ? 2 : 1
    }
    return shown + this.#take()
  }

  /** Returns what has waited, when nothing more comes. */
  end(): string {
    const rest = this.#secrets.end(this.#waiting)
    this.#waiting = ''
    return rest
  }

  #endLine(): string {
    return this.end() + NEWLINE
  }

  #take(): string {
    const { shown, waits } = this.#secrets.take(this.#waiting)
    this.#waiting = waits.length > MOST_WAITING ? '' : waits
    return waits.length > MOST_WAITING ? shown + this.#secrets.piece(waits) : shown
  }
}
