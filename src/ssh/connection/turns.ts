// Turns of the event loop. Many small pieces of work in a row are done in several turns: between them signals, timers, sockets and the screen
// are served.
import { setImmediate } from 'node:timers/promises'

/** Nobody notices it, and it is long enough for the turns themselves to cost nothing. */
const TURN_MS = 10

/** Work in a row that gives way once it has taken long. */
export class Turns {
  #beganMs = performance.now()

  /** To be awaited before each piece: ends at once, or in the next turn if this one was long enough. */
  async next(): Promise<void> {
    if (performance.now() - this.#beganMs < TURN_MS) return
    await setImmediate()
    this.#beganMs = performance.now()
  }
}
