// Begins a run on hosts and leaves it there.
import type { HostOutcome, Show } from '../../results/progress.ts'
import type { Target } from '../explain/callee.ts'
import { followRun } from '../run/follow-run.ts'
import type { Work } from '../run/work.ts'
import { beginAll, type DeployOptions } from './deploy.ts'

/**
 * Sends the request and leaves each host once its run has begun there.
 * @param show what happens until then
 * @param options `cancel` keeps the run from beginning; where it has begun by then and was not left yet, it is ended
 * @returns one for each target, in order. An error is that of a run that did not begin, or ended at once.
 */
export function startRuns(
  targets: readonly Target[],
  work: Work,
  show: Show,
  options: Pick<
    DeployOptions,
    'waitMs' | 'cancel' | 'partial' | 'outdated' | 'changed' | 'refuse' | 'mustered'
  > = {},
): Promise<HostOutcome[]> {
  return beginAll(targets, work, show, options, async (target, ready) => {
    const leaving = new AbortController()
    let begun = false
    const outcome = await followRun(
      target,
      ready,
      (progress) => {
        const shown = show(progress)
        if (progress.type !== 'event' || progress.event.event !== 'run') return shown
        if (progress.event.run !== work.request.run || options.cancel?.aborted) return shown
        begun = true
        leaving.abort()
        return shown
      },
      { ...options, leave: leaving.signal },
    )
    const result = begun && !outcome.outcome ? { host: target.host } : outcome
    await show({ host: target.host, type: 'ended', outcome: result })
    return result
  })
}
