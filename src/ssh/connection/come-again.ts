// sshd turns clients away at random when many come at once (MaxStartups in sshd_config(5)), before it says who it is. They
// come again, as often as the time limit allows.
import { setTimeout } from 'node:timers/promises'

/** Before the second attempt, about; doubles with each one. */
const FIRST_PAUSE_MS = 250

type Attempted<Result> = { result: Promise<Result>; wasTurnedAway: boolean }

/** Makes attempts until one was not turned away, or the time is over. */
export async function comeAgain<Result>(
  makeAttempt: () => Attempted<Result> | Promise<Attempted<Result>>,
  limitMs: number,
): Promise<Result> {
  const end = performance.now() + limitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const attempt = await makeAttempt()
    try {
      return await attempt.result
    } catch (error) {
      const ms = pauseMs * (0.5 + Math.random())
      if (!attempt.wasTurnedAway || performance.now() + ms > end) throw error
      await setTimeout(ms)
    }
  }
}
