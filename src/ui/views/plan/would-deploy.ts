// What a deploy with --changed or --outdated would do on a host that said what it would find.
import type { Live } from '../../../protocol/event.ts'
import type { HostPlan } from '../../../results/host-answer.ts'

/** What the deploy is allowed to do. */
export type Ways = {
  /** an older commit may take the place of a newer one */
  back?: boolean
  /** the recipe of the host may be another one */
  allowsDrift?: boolean
  /** another run is waited for */
  waits?: boolean
  /** --changed: a host where nothing in the app changed is left out */
  isOfChanged?: boolean
  /** --outdated: a host where the commit is live already is left out */
  isOfOutdated?: boolean
}

/** Whether a commit is live on a host. */
export function isLive(
  status: HostPlan['status'],
): status is NonNullable<HostPlan['status']> & { live: Live } {
  return status?.live !== undefined && status.live.commit !== '-'
}

/** Whether the host is left out (muster.ts). One that is told of another recipe says nothing that could leave it out. */
export function isNotNeeded(host: HostPlan, ways: Ways): boolean {
  if (isUpToDate(host, ways)) return true
  return ways.isOfChanged === true && host.paths === 'same' && mayBeLeftOut(host, ways)
}

/** Whether the host is left out since the commit is live there. */
export function isUpToDate(host: HostPlan, ways: Ways): boolean {
  const { status, plan } = host
  const isThere = plan?.commit !== undefined && status?.live?.commit === plan.commit
  return ways.isOfOutdated === true && isThere && mayBeLeftOut(host, ways)
}

/** Whether what is live is whole, and no run is about to change it. */
function mayBeLeftOut({ status, drift }: HostPlan, { allowsDrift }: Ways): boolean {
  if (drift && !allowsDrift) return false
  return status?.live?.how === 'complete' && status.lock === 'free'
}

/** Whether the deploy would change anything on the host. @returns nothing where it would be refused, as things are */
export function wouldDeploy(host: HostPlan, ways: Ways): boolean | undefined {
  const { status, drift } = host
  if (drift && !ways.allowsDrift) return undefined
  if (isNotNeeded(host, ways)) return false
  if (status?.freeze || status?.lock === 'busy' || (status?.lock === 'held' && !ways.waits)) return undefined
  return ways.back || !isOlder(host)
}

/** Whether what is live has the commit in it, and more. */
function isOlder(host: HostPlan): boolean {
  const { comes, goes = 0 } = countsOf(host)
  return isLive(host.status) && comes === 0 && goes > 0
}

/** How many commits come and go, as far as that is known. */
export function countsOf({ comes, goes, plan }: HostPlan): {
  comes?: number | undefined
  goes?: number | undefined
} {
  return { comes: comes?.count ?? plan?.comes, goes: goes?.count ?? plan?.goes }
}
