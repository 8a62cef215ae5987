// A list of runs for a person to pick one of: a run a line, with its number.
import { formatAge } from './format-time.ts'
import type { HistoryRow } from './history-view.ts'
import { refWords } from './words.ts'

/** Formats runs, newest first; the first one is number 1. */
export function formatChoice(rows: readonly HistoryRow[], now: Date): string[] {
  return rows.map(({ run, hosts }, index) => {
    const fates = new Set(
      hosts.map(({ outcome, running }) => outcome?.outcome ?? (running ? 'goes on' : 'no outcome')),
    )
    const words = [
      `${index + 1}  ${run.run}`,
      refWords(run.ref),
      `by ${run.user}`,
      // the id has the time itself
      formatAge(run.time, now),
      [...fates].join(', '),
    ]
    return words.join('  ')
  })
}
