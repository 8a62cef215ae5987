// What is known of a run on one host while it is followed: whether it has begun, how much of its log came, and what it waits for.
import { ConnectionError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'
import type { Request } from '../../protocol/request.ts'
import type { Followed } from './cancel-run.ts'
import { LockWait } from './lock-wait.ts'
import { LogPlace } from './log-place.ts'
import type { Work } from './work.ts'

export class KnownRun {
  readonly place: LogPlace
  readonly wait: LockWait
  #hasBegun = false
  #mayHaveBegun = false
  #isUnanswered = false

  constructor(request: Work['request'], waitMs: number | undefined) {
    this.place = new LogPlace(request.verb === 'attach' ? request : {})
    this.wait = new LockWait(waitMs)
  }

  /** A hello was followed by the run's log. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** A request was sent that is not answered yet, or was answered by its run. */
  get mayHaveBegun(): boolean {
    return this.#mayHaveBegun
  }

  /** One was sent and had no answer: the run may have begun by it. */
  get isUnanswered(): boolean {
    return this.#isUnanswered
  }

  /** What a cancel asks for. */
  get seen(): ReturnType<Followed['seen']> {
    return { begun: this.#hasBegun, mayHaveBegun: this.#mayHaveBegun, hasPlace: this.wait.hasPlace }
  }

  /** A request is about to be sent. */
  send({ verb }: Request): void {
    if (verb !== 'attach') this.#mayHaveBegun = true
    this.place.beginAnswer()
  }

  /** It had no answer, or one that broke off. */
  fail({ verb }: Request, error: unknown): void {
    this.#isUnanswered ||= verb !== 'attach' && error instanceof ConnectionError && !error.isBeforeAll
  }

  /** @throws ProtocolError where the answer is from another place in the log */
  takeHello(event: EventOf<'hello'>, host: string): void {
    this.#isUnanswered = false
    this.place.takeHello(event, host)
    this.#hasBegun ||= this.place.isInLog
  }

  /** Takes a refusal. @returns whether the host is asked again, since another run holds the lock */
  takeRefusal(event: EventOf<'refused'>): boolean {
    this.#mayHaveBegun = false
    return this.wait.take(event)
  }
}
