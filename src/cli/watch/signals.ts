// Ctrl-C and its kin while a run is followed. What they mean is said elsewhere.

import { outlivesTerminal } from '../hangup.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Signals within this time are one press: npm passes on what its process group gets as well, timeout(1) signals twice, systemd adds a SIGHUP. */
const SAME_PRESS_MS = 400

/** Presses that come while it lives, in order; none of them ends the process. To be released on every way out. */
export class Signals {
  readonly #come: NodeJS.Signals[] = []
  /** when the last press began */
  #pressedMs = Number.NEGATIVE_INFINITY
  readonly #isReader: boolean
  #wake: (() => void) | undefined
  // not `once`, which takes it off before it is called: who restores the cursor would then find nobody else who cares for the
  // signal, and send it again to end the process
  readonly #take = (signal: NodeJS.Signals) => {
    if (this.#pressMs > 0) return
    this.#pressedMs = performance.now()
    this.#come.push(signal)
    this.#wake?.()
  }
  readonly #closed = () => this.#take('SIGPIPE')

  /** @param of a command that only looks: then a closed stdout counts as SIGPIPE */
  constructor({ isReader = false } = {}) {
    this.#isReader = isReader
    for (const signal of SIGNALS)
      if (signal !== 'SIGHUP' || !outlivesTerminal()) process.on(signal, this.#take)
    if (isReader) process.stdout.on('error', this.#closed)
  }

  /** Waits for the next one, and takes it. Whoever waited before, for one or for word of one, waits in vain from then on. */
  async next(): Promise<NodeJS.Signals> {
    for (;;) {
      await this.come()
      const signal = this.#come.shift()
      if (signal) return signal
    }
  }

  /** Waits until one has come, and leaves it for who asks for the next one. Whoever waited before waits in vain from then on. */
  async come(): Promise<void> {
    while (this.#come.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Forgets those that have come and nobody has waited for. */
  clear(): void {
    this.#come.length = 0
  }

  release(): void {
    // after those have run who were told of the same signal, and when no other can come of the same press
    setTimeout(() => {
      for (const signal of SIGNALS) process.off(signal, this.#take)
      if (this.#isReader) process.stdout.off('error', this.#closed)
    }, this.#pressMs).unref()
  }

  /** How long a signal still belongs to the last press. */
  get #pressMs(): number {
    return Math.max(0, this.#pressedMs + SAME_PRESS_MS - performance.now())
  }
}

/** Stops waiting for work whose result no longer matters, such as a host that does not answer, and ends the process soon after. */
export function abandon(work: Promise<unknown>): void {
  work.catch(() => {})
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

const LINGER_MS = 300

/**
 * Waits for work or a signal, whatever comes first.
 * @param leave is called with the signal's name
 * @returns nothing when a signal came
 */
export async function untilSignal<Result>(
  work: Promise<Result>,
  leave: (signal: string) => Promise<void>,
): Promise<Result | undefined> {
  const signals = new Signals({ isReader: true })
  try {
    const first = await Promise.race([
      work.then((result) => ({ result })),
      signals.next().then((signal) => ({ signal })),
    ])
    if ('result' in first) return first.result
    await leave(first.signal)
    abandon(work)
    return undefined
  } finally {
    signals.release()
  }
}
