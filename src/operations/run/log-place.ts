// How much of a run's log was taken in: when the link breaks, the rest is asked for from there.
import { ProtocolError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'

export class LogPlace {
  /** bytes of output */
  #offset: number
  #events: number
  #isInLog = false

  /** @param from what is not asked for, since it was seen before */
  constructor({ offset = 0, events = 0 }: { offset?: number; events?: number } = {}) {
    this.#offset = offset
    this.#events = events
  }

  /** The answer that is being taken in is of the log, since its hello said so. */
  get isInLog(): boolean {
    return this.#isInLog
  }

  /** What is asked for next begins there. */
  get next(): { offset: number; events: number } {
    return { offset: this.#offset, events: this.#events }
  }

  /** It grows with all that comes of the log. */
  get size(): number {
    return this.#offset + this.#events
  }

  /** A new answer is expected. */
  beginAnswer(): void {
    this.#isInLog = false
  }

  /** @throws ProtocolError where the answer is from another place in the log */
  takeHello({ offset, events }: EventOf<'hello'>, host: string): void {
    this.#isInLog = offset !== undefined
    if (this.#isInLog && (offset !== this.#offset || events !== this.#events))
      throw new ProtocolError(`'${host}' answered from another place in the run's log`)
  }

  takeOutput(bytes: Uint8Array): void {
    this.#offset += bytes.length
  }

  takeEvent(): void {
    if (this.#isInLog) this.#events += 1
  }
}
