// Deploys to hosts: one request, the same run id and commit everywhere, every host waited for, every outcome kept.
import type { ShipitError } from '../../errors.ts'
import type { HostOutcome, Show } from '../../results/progress.ts'
import { Turns } from '../../ssh/connection/turns.ts'
import type { Target } from '../explain/callee.ts'
import { followRun } from '../run/follow-run.ts'
import type { FollowOptions, Work } from '../run/work.ts'
import { type Mustered, type MusterWork, muster } from './muster.ts'

export type DeployOptions = FollowOptions & {
  /** where some hosts are not ready, begin on the others */
  partial?: boolean
  /** begin only where the commit is not live yet */
  outdated?: boolean
  /** begin only where one of these folders and files of the repository differs from what is live, or that is not known */
  changed?: readonly string[]
  /** why a commit is not to be deployed, once it is known which one it is */
  refuse?: (commit: string) => ShipitError | undefined
  /** the hosts have been asked, and this is what came of it */
  mustered?: Mustered
}

/**
 * Sends a request to all targets and follows each run to its outcome. A deploy to several begins once all are ready.
 * @returns one outcome for each target, in order; failures are in them and are not thrown
 */
export function deploy(
  targets: readonly Target[],
  work: Work,
  show: Show,
  options: DeployOptions = {},
): Promise<HostOutcome[]> {
  return beginAll(targets, work, show, options, async (target, ready) => {
    const outcome = await followRun(target, ready, show, options)
    await show({ host: target.host, type: 'ended', outcome })
    return outcome
  })
}

/**
 * Begins work on all targets, once all are ready if it is a deploy to several.
 * @param begin does it on one
 * @returns one outcome for each target, in order
 */
export async function beginAll(
  targets: readonly Target[],
  work: Work,
  show: Show,
  options: DeployOptions,
  begin: (target: Target, work: Work) => Promise<HostOutcome>,
): Promise<HostOutcome[]> {
  const isFirst = targets.length > 1 || options.outdated || options.changed || options.refuse
  const isMustered = isFirst && work.request.verb === 'deploy'
  const mustered =
    options.mustered ??
    (isMustered
      ? await muster(targets, work as MusterWork, show, { ...options, begins: true })
      : { ready: targets, work, outcomes: [] })
  const told = mustered.outcomes.map(async (outcome) => {
    await show({ host: outcome.host, type: 'ended', outcome })
    return outcome
  })
  const begun: Promise<HostOutcome>[] = []
  const turns = new Turns()
  for (const target of mustered.ready) {
    await turns.next()
    const outcome = begin(target, mustered.work)
    // it is waited for below, and may fail before
    outcome.catch(() => {})
    begun.push(outcome)
  }
  const outcomes = new Map((await Promise.all([...told, ...begun])).map((each) => [each.host, each]))
  return targets.flatMap(({ host }) => outcomes.get(host) ?? [])
}
