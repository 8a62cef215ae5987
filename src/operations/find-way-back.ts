// Tells from a history which run a rollback will go back to, so that a person can be told before it begins. The host decides
// by the same rules (remote/target.sh), and by what it has kept.
import type { HistoryEntry } from './ask-history.ts'

/**
 * Finds the newest good run before what is live: one that succeeded, was not rolled back from, and shows something else.
 * @param entries newest first
 * @param live the run whose publish was the newest
 */
export function findWayBack(
  entries: readonly HistoryEntry[],
  live: string | undefined,
): HistoryEntry['run'] | undefined {
  const runs = new Map(entries.map(({ run }) => [run.run, run]))
  // what a run put in place: its own commit, or that of the run it went back to
  const shows = (id: string): string => {
    const to = runs.get(id)?.to
    return to === undefined || to === id ? id : shows(to)
  }
  const succeeded = entries.filter(({ hosts }) =>
    hosts.some(({ outcome }) => outcome?.outcome === 'succeeded'),
  )
  const left = succeeded.flatMap(({ run }) => (run.from === undefined ? [] : [run.from, shows(run.from)]))
  const index = entries.findIndex(({ run }) => run.run === live)
  if (live === undefined || index < 0) return undefined
  return entries
    .slice(index + 1)
    .find(
      (entry) =>
        succeeded.includes(entry) && !left.includes(entry.run.run) && shows(entry.run.run) !== shows(live),
    )?.run
}
