// Ends a run on the host on which it is followed, as soon as the host can be asked to.
import { defined } from '../../defined.ts'
import { ConnectionError, type ShipitError } from '../../errors.ts'
import type { Show } from '../../results/progress.ts'
import { askHost } from '../ask/ask-hosts.ts'
import type { Target } from '../explain/callee.ts'
import { nextPause, pauseUntil } from './until-stopped.ts'

/** How the run is followed meanwhile. */
export type Followed = {
  /** whether the run was seen, and whether a request may have begun it */
  seen: () => { begun: boolean; mayHaveBegun: boolean; hasPlace: boolean }
  show: Show
  retryMs: number
  /** of a client that no longer follows it */
  stop: AbortSignal
  /** throws the reason to stop where the host has not been heard for too long */
  giveUp: (error: ShipitError) => void
}

/**
 * Asks until the host has answered, whatever happens to the link, and shows the answer; that the host was not reached is shown once. A place
 * in the line alone is given up at the first try: it is lost where nobody asks again.
 * @returns whether the run has begun. If not it never will: the host remembers that it was cancelled
 * @throws the reason to stop waiting
 */
export async function cancelRun(
  target: Target,
  { run, app }: { run: string; app: string },
  { seen, show, retryMs, stop, giveUp }: Followed,
): Promise<boolean> {
  const { host } = target
  for (let tries = 1, pauseMs = retryMs; seen().begun || seen().mayHaveBegun || seen().hasPlace; tries += 1) {
    const { events, error, refused, isCut } = await askHost(target, { verb: 'cancel', run, app })
    stop.throwIfAborted()
    // one that has just ended tells it by its outcome
    if (refused === 'not-running') return true
    if (refused === 'unknown-run' && !seen().begun) return false
    const event = events.find((each) => each.event === 'cancelling')
    if (event || !error || !(isCut || error instanceof ConnectionError)) {
      void show({ host, type: 'cancel', ...defined(event ? { event } : { error }) })
      return true
    }
    if (!seen().begun && !seen().mayHaveBegun) return false
    if (tries === 1) void show({ host, type: 'cancel', error })
    giveUp(error)
    await pauseUntil(pauseMs, stop)
    pauseMs = nextPause(pauseMs)
  }
  // never sent, or turned away
  return false
}
