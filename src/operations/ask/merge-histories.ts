// Merges what hosts say of their runs. What a host says counts for that host alone: where two differ about a run, it has an entry
// for each word, and no host can hide what another one has.
import type { HistoryEntry } from '../../results/host-answer.ts'
import { type HostHistory, wordOf } from './history-entry.ts'

/**
 * Merges histories, newest first. Each host's own order stays; between hosts the time in the run's id decides, which is the same
 * on all of them, and one that lies in the future counts as now. Nothing is cut off.
 */
export function mergeHistories(hosts: readonly HostHistory[], nowMs: number): HistoryEntry[] {
  const all = Map.groupBy(
    hosts.flatMap(({ entries }) => entries),
    ({ run }) => wordOf(run),
  )
  const lists = hosts.map(({ entries }) => ({
    words: entries.map(({ run }) => ({ word: wordOf(run), ms: startMs(run.run, nowMs) })),
    next: 0,
  }))
  const merged = new Map<string, HistoryEntry>()
  for (;;) {
    const heads = lists.flatMap((list) => {
      while (merged.has(list.words[list.next]?.word ?? '')) list.next += 1
      return list.words[list.next] ?? []
    })
    const [first] = heads
    if (!first) return [...merged.values()]
    const { word } = heads.reduce((newest, head) => (head.ms > newest.ms ? head : newest))
    merged.set(word, mergeEntries(all.get(word) ?? []))
  }
}

/** The newest of each host, then the next of each, and so on. */
export function newestOfEach(
  entries: readonly HistoryEntry[],
  hosts: readonly HostHistory[],
  limit: number,
): HistoryEntry[] {
  const chosen = new Set<string>()
  const longest = Math.max(0, ...hosts.map((host) => host.entries.length))
  for (let rank = 0; rank < longest && chosen.size < limit; rank += 1) {
    for (const { entries: own } of hosts) {
      const entry = own[rank]
      if (entry && chosen.size < limit) chosen.add(wordOf(entry.run))
    }
  }
  return entries.filter(({ run }) => chosen.has(wordOf(run)))
}

/** Where hosts say different times, the one in the id is shown. */
function mergeEntries(same: readonly HistoryEntry[]): HistoryEntry {
  const [first] = same
  if (!first) throw new Error('no host has this run')
  const { run } = first
  const isOne = same.every((each) => each.run.time === run.time)
  return {
    run: { ...run, time: isOne ? run.time : startTime(run.run) },
    hosts: same.flatMap(({ hosts }) => hosts),
  }
}

/** `20261122T120000Z-…` has `2026-11-22T12:00:00Z`: when a client asked for it. */
const ID_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/

function startTime(run: string): string {
  return run.replace(ID_TIME, '$1-$2-$3T$4:$5:$6Z')
}

function startMs(run: string, nowMs: number): number {
  return Math.min(Date.parse(startTime(run)) || 0, nowMs)
}
