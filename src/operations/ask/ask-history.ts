// Asks hosts for their histories and merges them: one entry for each run, whatever the number of hosts.
import type { ShipitError } from '../../errors.ts'
import type { Event, EventOf, OutcomeEvent, RunEvent } from '../../protocol/event.ts'
import type { Target } from '../explain/callee.ts'
import { askHosts } from './ask-hosts.ts'

/** How a run went on one host; no outcome while it runs. Of a rollback: the run that this host left. */
export type HostResult = {
  host: string
  outcome?: OutcomeEvent & { time: string }
  running?: boolean
  from?: string
  /** it was rolled back from here */
  left?: boolean
}

/** A run with what became of it on each host that has it. */
export type HistoryEntry = { run: RunEvent & { time: string }; hosts: readonly HostResult[] }

/** What one host says of itself: its own history, newest first, its lock and what is live, and its recipe's digest. */
export type HostHistory = {
  host: string
  entries: readonly HistoryEntry[]
  status?: EventOf<'status'>
  digest?: string
}

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
  const entries = new Map<string, { run: RunEvent & { time: string }; hosts: HostResult[]; rank: number }>()
  const hosts: HostHistory[] = []
  for (const { host, events, error } of answers) {
    if (error) continue
    const own = readHost(host, events)
    const status = events.find((event) => event.event === 'status')
    const digest = events.find((event) => event.event === 'hello')?.digest
    hosts.push({
      host,
      entries: own.map(({ run, result }) => ({ run, hosts: [result] })).toReversed(),
      ...(status ? { status } : {}),
      ...(digest === undefined ? {} : { digest }),
    })
    for (const [rank, { run, result }] of own.entries()) {
      const entry = entries.get(run.run) ?? { run, hosts: [], rank }
      entry.hosts.push(result)
      entry.rank = Math.max(entry.rank, rank)
      entries.set(run.run, entry)
    }
  }
  return {
    // each host's own order is the order of its history; between hosts the start's time decides
    entries: [...entries.values()]
      .sort((a, b) => (a.run.time === b.run.time ? b.rank - a.rank : a.run.time < b.run.time ? 1 : -1))
      .slice(0, limit),
    hosts,
    errors: answers.flatMap(({ host, error }) => (error ? [{ host, error }] : [])),
  }
}

/** The commit that a run put in place, or was to: what was asked for, or what a host exported. */
export function commitOf({ run, hosts }: HistoryEntry): string | undefined {
  return run.commit ?? hosts.find(({ outcome }) => outcome?.commit !== undefined)?.outcome?.commit
}

function readHost(
  host: string,
  events: readonly Event[],
): { run: RunEvent & { time: string }; result: HostResult }[] {
  const status = events.find((event) => event.event === 'status')
  const outcomes = events.filter((event) => event.event === 'outcome')
  const runs = events.filter((event) => event.event === 'run')
  return runs.map((run) => {
    const outcome = outcomes.find((each) => each.run === run.run)
    const running = !outcome && status?.lock !== 'free' && status?.holder?.run === run.run
    const from = run.from === undefined ? {} : { from: run.from }
    const isLeft = outcome?.outcome === 'succeeded' && status?.bad?.includes(run.run)
    const left = isLeft ? { left: true } : {}
    return {
      run,
      result: { host, ...(outcome ? { outcome } : {}), ...(running ? { running } : {}), ...from, ...left },
    }
  })
}
