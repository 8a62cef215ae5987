import type { HostOutcome } from '../../results/progress.ts'
import type { HostRecord } from './host-record.ts'

/** The outcomes that nothing was shown of yet: of hosts that were not asked, or that the person has left. */
export function outcomesToShow(
  records: ReadonlyMap<string, HostRecord>,
  outcomes: readonly HostOutcome[],
): HostOutcome[] {
  return outcomes.filter(({ host }) => records.has(host) && !records.get(host)?.ended)
}
