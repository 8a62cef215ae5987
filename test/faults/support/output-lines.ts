// The output of a run in two forms, so that one can be held against the other: what the host's log has,
// and what a client printed with --json. Written without the client's own code.
import { createHash } from 'node:crypto'

const NEWLINE = 0x0a

/** A digest of the output in a log. @param events of its run, as the host keeps them: each has its place in the log */
export function outputOfLog(log: Buffer, events: string): string {
  const places = events.split('\n').flatMap((line) => /^\d+(?= \{)/.exec(line)?.map(Number) ?? [])
  const lines = new Lines()
  let from = 0
  for (const place of [...places, log.length]) {
    lines.add(log.subarray(from, place))
    // the line that an event breaks is two lines to a reader
    lines.endLine()
    from = Math.max(from, place)
  }
  return lines.digest
}

/** A digest of the output that a client printed with --json. */
export function outputOfJson(printed: Buffer): string {
  const lines = new Lines()
  for (let at = 0; at < printed.length; ) {
    const newline = printed.indexOf(NEWLINE, at)
    const end = newline < 0 ? printed.length : newline
    const line = parse(printed.toString('utf8', at, end))
    if (line?.event === 'output') lines.add(Buffer.from(`${line.text}\n`))
    at = end + 1
  }
  return lines.digest
}

/** A client that was killed may have left half a line. */
function parse(line: string): { event?: string; text?: string } | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

class Lines {
  readonly #hash = createHash('sha256')
  #inLine = false
  #bytes = 0

  add(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    this.#inLine = bytes.at(-1) !== NEWLINE
  }

  endLine(): void {
    if (this.#inLine) this.add(Buffer.from('\n'))
  }

  get digest(): string {
    return `${this.#bytes} ${this.#hash.copy().digest('hex')}`
  }
}
