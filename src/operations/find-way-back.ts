// Tells from a host's history which run a rollback goes back to, so that a person can be told before it begins. The host has the
// same rules (remote/target.sh), and what it has kept.
import type { HistoryEntry } from './ask-history.ts'

/**
 * Finds the newest good run before what is live: one that succeeded, was not rolled back from, and shows something else. What
 * a rollback that did not succeed was to leave is no way back, until something has succeeded.
 * @param entries of one host, newest first
 * @param live the run whose publish was the newest
 */
export function findWayBack(
  entries: readonly HistoryEntry[],
  live: string | undefined,
): HistoryEntry['run'] | undefined {
  const index = entries.findIndex(({ run }) => run.run === live)
  if (live === undefined || index < 0) return undefined
  const left = leftRuns(entries)
  for (const each of leaves(entries, live)) left.add(each)
  return entries
    .slice(index + 1)
    .find((entry) => succeeded(entry) && !left.has(entry.run.run) && !left.has(shows(entries, entry.run.run)))
    ?.run
}

/** The runs that were rolled back from on a host, and what those showed. */
export function leftRuns(entries: readonly HistoryEntry[]): Set<string> {
  const left = new Set<string>()
  for (const entry of entries) {
    const { from, to } = entry.run
    if (from === undefined || to === undefined || !succeeded(entry)) continue
    // not what is live then: somebody may go back to just that
    for (const run of leaves(entries, from)) if (shows(entries, run) !== shows(entries, to)) left.add(run)
  }
  return left
}

/** What is left with a run: itself, what it shows, and what rollbacks that did not succeed were to leave since the last success. */
function leaves(entries: readonly HistoryEntry[], run: string): string[] {
  const index = entries.findIndex((each) => each.run.run === run)
  const left = [run, shows(entries, run)]
  for (const entry of index < 0 ? [] : entries.slice(index)) {
    const { from } = entry.run
    if (succeeded(entry)) break
    if (from !== undefined) left.push(from, shows(entries, from))
  }
  return left
}

/** What a run put in place: its own commit, or that of the run it went back to; a rollback that failed shows neither. */
function shows(entries: readonly HistoryEntry[], id: string): string {
  const entry = entries.find(({ run }) => run.run === id)
  const to = entry?.run.to
  return !entry || to === undefined || to === id || !succeeded(entry) ? id : shows(entries, to)
}

function succeeded({ hosts }: HistoryEntry): boolean {
  return hosts.some(({ outcome }) => outcome?.outcome === 'succeeded')
}
