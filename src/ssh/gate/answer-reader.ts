// Reads the answer of a gate from the bytes that come: what it must be is checked here, and what it says is handed on.
import { ProtocolError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'
import { FrameReader, type Piece } from '../../protocol/frame-reader.ts'
import { PROTOCOL } from '../../protocol/grammar.ts'
import { Tail } from '../../safe-text/tail.ts'
import { nameCommand } from '../../words/command.ts'
import type { Take } from '../connection/remote-process.ts'
import type { Callee } from './callee.ts'

/** No answer has more events: far more than all tries of all steps, or the whole history, take. */
const MAX_EVENTS = 100_000

/** Enough for a sentence of nologin's, in place of an answer. */
const NOISE_BYTES = 1024

/** A piece of the answer, in order. The first one is the hello. */
export type Answer = Exclude<Piece, { type: 'broken' }>

type Hello = EventOf<'hello'>

/** One answer. */
export class AnswerReader {
  readonly #frames: FrameReader
  readonly #callee: Callee
  readonly #take: Take<Answer>
  readonly #onHello: (hello: Hello) => void
  #hasHello = false
  #isEnough = false
  #events = 0
  /** the end of what came before the hello */
  readonly #noise = new Tail(NOISE_BYTES)

  /** @param to who takes the pieces, and is told of the hello before it takes that */
  constructor(session: string, callee: Callee, to: { take: Take<Answer>; onHello: (hello: Hello) => void }) {
    this.#frames = new FrameReader(session)
    this.#callee = callee
    this.#take = to.take
    this.#onHello = to.onHello
  }

  get hasHello(): boolean {
    return this.#hasHello
  }

  /** Who takes the pieces wants no more, or they came too late. */
  get isEnough(): boolean {
    return this.#isEnough
  }

  /** What came in place of an answer, or before it. */
  get noise(): string {
    return this.#noise.text
  }

  /** Hands nothing on from now on. */
  close(): void {
    this.#isEnough = true
  }

  /** Hands on all that came at once before anything is waited for. @throws ProtocolError */
  takeChunk(chunk: Uint8Array): ReturnType<Take<Answer>> {
    const waits: Promise<unknown>[] = []
    for (const piece of this.#frames.push(chunk)) {
      if (this.#isEnough) break
      const took = this.#take(this.#check(piece))
      if (took === 'enough') this.#isEnough = true
      else if (took !== undefined) waits.push(took)
    }
    if (!this.#hasHello) this.#noise.add(chunk)
    if (this.#isEnough) return 'enough'
    return waits.length > 1 ? Promise.all(waits) : waits[0]
  }

  #check(piece: Piece): Answer {
    const { host } = this.#callee
    if (piece.type === 'broken')
      throw new ProtocolError(`'${host}' sent something that is neither an event nor output`)
    if (piece.type !== 'output' && ++this.#events > MAX_EVENTS)
      throw new ProtocolError(`'${host}' sent more than ${MAX_EVENTS} events`)
    if (piece.type === 'event' && piece.event.event === 'hello') {
      if (this.#hasHello) throw new ProtocolError(`'${host}' sent a second hello`)
      checkHello(piece.event, this.#callee)
      this.#hasHello = true
      this.#onHello(piece.event)
    }
    return piece
  }
}

/** @throws ProtocolError when it is of another protocol */
function checkHello(hello: Hello, { host, environment }: Callee): void {
  if (hello.protocol === PROTOCOL) return
  const older = hello.protocol < PROTOCOL
  throw new ProtocolError(
    `'${host}' speaks protocol ${hello.protocol} (shipit ${hello.version}), this shipit speaks ${PROTOCOL}`,
    {
      // with a place in a log it is of a run that has begun
      isBeforeAll: hello.offset === undefined,
      suggestions: [
        older
          ? `Have root run a new install script there: ${nameCommand('install --out install.sh --one-file', environment)}`
          : 'Update @deploybot/shipit in this project.',
      ],
    },
  )
}
