// How long a deploy asks again while another run holds the lock, and what the host said of that last.
import type { EventOf } from '../../protocol/event.ts'
import { LONGEST_LOCK_PAUSE_MS, lockPauseMs } from './lock-pause.ts'
import type { Work } from './work.ts'

type Refused = EventOf<'refused'>

export class LockWait {
  readonly #until: number
  #locked: Refused | undefined
  #hasPlace = false

  /** @param waitMs from now on; 0 for one that does not wait */
  constructor(waitMs = 0) {
    this.#until = Date.now() + waitMs
  }

  /** The last answer while another run held the lock. */
  get locked(): Refused | undefined {
    return this.#locked
  }

  /** The host keeps a place in the line for it. */
  get hasPlace(): boolean {
    return this.#hasPlace
  }

  /** It has waited long enough, and for its last answer as well. */
  get isOver(): boolean {
    return this.#locked !== undefined && Date.now() >= this.#until + LONGEST_LOCK_PAUSE_MS
  }

  /** How long to pause before the host is asked again. */
  get pauseMs(): number {
    return lockPauseMs(this.#locked?.inLine?.ahead)
  }

  /** The request as it is sent now. */
  ask(request: Work['request']): Work['request'] {
    return request.verb === 'deploy' && this.#isOpen ? { ...request, wait: true } : request
  }

  /** Takes a refusal. @returns whether it is asked again */
  take(refused: Refused): boolean {
    if (refused.reason !== 'locked' || !this.#isOpen) return false
    this.#locked = refused
    this.#hasPlace = refused.inLine !== undefined
    return true
  }

  get #isOpen(): boolean {
    return Date.now() < this.#until
  }
}
