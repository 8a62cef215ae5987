// Deploys to hosts: one request, the same run id everywhere, every host waited for, every outcome kept.
import type { HostOutcome, Show } from '../../results/progress.ts'
import type { Target } from '../explain/callee.ts'
import { followRun } from '../run/follow-run.ts'
import type { FollowOptions, Work } from '../run/work.ts'

/**
 * Sends a request to all targets at once and follows each run to its outcome.
 * @returns one outcome for each target, in order; failures are in them and are not thrown
 */
export function deploy(
  targets: readonly Target[],
  work: Work,
  show: Show,
  options: FollowOptions = {},
): Promise<HostOutcome[]> {
  return Promise.all(
    targets.map(async (target) => {
      const outcome = await followRun(target, work, show, options)
      await show({ host: target.host, type: 'ended', outcome })
      return outcome
    }),
  )
}
