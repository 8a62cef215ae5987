// Begins a run on hosts and leaves it there.
import type { HostOutcome } from '../protocol/progress.ts'
import { type FollowOptions, followRun, type Target, type Work } from './follow-run.ts'

/** Sends the request and leaves each host once its run has begun. An error is that of a run that did not begin, or ended at once. */
export function startRuns(
  targets: readonly Target[],
  work: Work,
  options: Pick<FollowOptions, 'waitMs'> = {},
): Promise<HostOutcome[]> {
  return Promise.all(
    targets.map(async (target) => {
      const leaving = new AbortController()
      let begun = false
      const outcome = await followRun(
        target,
        work,
        (progress) => {
          if (progress.type !== 'event' || progress.event.event !== 'run') return undefined
          if (progress.event.run !== work.request.run) return undefined
          begun = true
          leaving.abort()
          return undefined
        },
        { ...options, signal: leaving.signal },
      )
      return begun && !outcome.outcome ? { host: target.host } : outcome
    }),
  )
}
