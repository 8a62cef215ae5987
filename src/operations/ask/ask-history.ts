// Asks hosts for their histories and merges them: one entry for each run, whatever the number of hosts. What a host says counts
// for that host alone: where two differ about a run, it has an entry for each word, and no host can hide what another one has.

import { defined } from '../../defined.ts'
import type { ShipitError } from '../../errors.ts'
import type { Event } from '../../protocol/event.ts'
import type { HistoryEntry, HostResult } from '../../results/host-answer.ts'
import type { Target } from '../explain/callee.ts'
import { askHosts } from './ask-hosts.ts'
import { readWaiters } from './ask-status.ts'
import type { HostHistory } from './history-entry.ts'
import { mergeHistories } from './merge-histories.ts'

/** Histories, newest first: merged, and of each host; and the hosts that did not answer. */
export type History = {
  entries: readonly HistoryEntry[]
  hosts: readonly HostHistory[]
  errors: readonly { host: string; error: ShipitError }[]
}

/**
 * Asks all targets at once.
 * @param limit how many runs of each host
 */
export async function askHistory(targets: readonly Target[], app: string, limit: number): Promise<History> {
  const answers = await askHosts(targets, { verb: 'history', app, limit })
  const hosts = answers.flatMap(({ host, events, error }): HostHistory[] => {
    if (error) return []
    const status = events.find((event) => event.event === 'status')
    const digest = events.find((event) => event.event === 'hello')?.digest
    const [good, bad] = [keptRuns(events, 'good'), keptRuns(events, 'bad')]
    const entries = readHost(host, events, bad).slice(0, limit)
    return [
      {
        host,
        entries,
        waiting: readWaiters(events),
        good,
        bad,
        ...defined({ status, digest }),
      },
    ]
  })
  return {
    entries: mergeHistories(hosts, Date.now()),
    hosts,
    errors: answers.flatMap(({ host, error }) => (error ? [{ host, error }] : [])),
  }
}

function keptRuns(events: readonly Event[], state: 'good' | 'bad'): ReadonlySet<string> {
  return new Set(
    events.flatMap((event) => (event.event === 'kept' && event.state === state ? [event.run] : [])),
  )
}

/** Newest first. A run that the host names twice counts once. */
function readHost(host: string, events: readonly Event[], bad: ReadonlySet<string>): HistoryEntry[] {
  const status = events.find((event) => event.event === 'status')
  const outcomes = new Map<string, HostResult['outcome']>()
  for (const event of events) {
    if (event.event === 'outcome' && !outcomes.has(event.run)) outcomes.set(event.run, event)
  }
  const runs = new Map<string, HistoryEntry['run']>()
  for (const event of events) {
    if (event.event === 'run' && !runs.has(event.run)) runs.set(event.run, event)
  }
  return [...runs.values()].toReversed().map((run) => {
    const outcome = outcomes.get(run.run)
    const running = !outcome && status?.lock !== 'free' && status?.holder?.run === run.run
    const isLeft = outcome?.outcome === 'succeeded' && bad.has(run.run)
    const { from } = run
    const result = defined({ outcome, running: running || undefined, from, left: isLeft || undefined })
    return { run, hosts: [{ host, ...result }] }
  })
}
