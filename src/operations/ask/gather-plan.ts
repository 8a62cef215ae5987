// Gathers what a host says of a plan: events, and the output that belongs to the one after it.
import type { Event, EventOf } from '../../protocol/event.ts'
import { COMMIT } from '../../protocol/grammar.ts'
import type { HostPlan, Look, PlannedCommit, PlannedFile, Unseen } from '../../results/host-answer.ts'
import type { Answer } from '../../ssh/gate/answer-reader.ts'

/** Of all output of an answer; a host has no reason to send more. */
const MOST_BYTES = 8 * 1024 * 1024
/** Of each sort: a recipe has 64 steps at most. */
const MOST = 128

/** What rsync writes for a byte that is not printable. */
const ESCAPED = /\\#([0-7]{3})/g
const MARKS: Readonly<Record<string, PlannedFile['change']>> = { '+': 'new', '~': 'changed', '-': 'deleted' }

export class PlanGatherer {
  readonly #asked: string | undefined
  readonly #said: Omit<HostPlan, 'host' | 'error'> = {}
  readonly #looks: Look[] = []
  readonly #space: NonNullable<HostPlan['space']>[number][] = []
  readonly #unseen: Unseen[] = []
  #chunks: Uint8Array[] = []
  #bytes = 0

  /** @param digest of the recipe that was asked for */
  constructor(digest: string | undefined) {
    this.#asked = digest
  }

  /** Takes the next piece of an answer. */
  take(piece: Answer): void {
    if (piece.type === 'output') this.takeOutput(piece.bytes)
    if (piece.type === 'event') this.takeEvent(piece.event)
  }

  takeOutput(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#bytes <= MOST_BYTES) this.#chunks.push(bytes)
  }

  /** The output since the last event. */
  takeWords(): string {
    const words = Buffer.concat(this.#chunks).toString()
    this.#chunks = []
    return words
  }

  takeEvent(event: Event): void {
    switch (event.event) {
      case 'hello':
        if (this.#asked !== undefined && event.digest !== this.#asked) this.#said.drift = true
        break
      case 'status':
        this.#said.status = event
        break
      case 'plan':
        this.#said.plan = event
        break
      case 'paths':
        this.#said.paths = event.state
        break
      case 'commits':
        this.#said[event.side] = { count: event.count, newest: readCommits(this.takeWords()) }
        break
      case 'space':
        if (this.#space.length < MOST)
          this.#space.push({ path: event.path, free: event.free, all: event.all })
        break
      case 'look':
        if (this.#looks.length < MOST) this.#looks.push(readLook(event, this.takeWords()))
        break
      case 'unseen':
        if (this.#unseen.length < MOST) {
          const words = this.takeWords()
          this.#unseen.push({ reason: event.reason, ...(words === '' ? {} : { words }) })
        }
        break
    }
    this.#chunks = []
  }

  /** @param isLook what a look found is told, even if that is nothing */
  said(isLook: boolean): Omit<HostPlan, 'host' | 'error'> {
    return isLook
      ? { ...this.#said, looks: this.#looks, space: this.#space, unseen: this.#unseen }
      : this.#said
  }
}

function readCommits(text: string): PlannedCommit[] {
  return text.split('\n').flatMap((line) => {
    const [commit = '', seconds = '', author = '', ...rest] = line.split('\t')
    const time = new Date(Number(seconds) * 1000)
    if (!COMMIT.test(commit) || Number.isNaN(time.getTime())) return []
    return [{ commit, time: time.toISOString(), author, subject: rest.join('\t') }]
  })
}

function readLook({ time: _, event: __, ...look }: EventOf<'look'> & { time: string }, words: string): Look {
  if (look.state !== 'files') return { ...look, ...(words === '' ? {} : { words }) }
  const files = words.split('\n').flatMap((line): PlannedFile[] => {
    const change = MARKS[line.slice(0, 1)]
    return change && line.length > 2 ? [{ change, name: unescapeName(line.slice(2)) }] : []
  })
  return files.length > 0 ? { ...look, files } : look
}

/** Of bytes that rsync wrote in octal, the text that they are. */
function unescapeName(name: string): string {
  if (!name.includes('\\#')) return name
  const bytes = name.replace(ESCAPED, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
  return Buffer.from(bytes, 'latin1').toString()
}
