// A list of runs for a person to pick one of: a run a line, with its number.

import type { HistoryEntry } from '../../results/host-answer.ts'
import { refWords } from '../../words/ref.ts'
import { foldHosts } from './fold-hosts.ts'
import { formatAge } from './format-time.ts'

/** Formats runs, newest first, and why there is a choice; the first one is number 1. */
export function formatChoice(rows: readonly HistoryEntry[], now: Date): string[] {
  const running = rows.filter(({ hosts }) => hosts.some((host) => host.running))
  const why = running.length === 0 ? 'No run is in progress' : 'More than one run is in progress'
  return [`${why}. The newest are:`, ...formatRows(rows, now)]
}

function formatRows(rows: readonly HistoryEntry[], now: Date): string[] {
  return rows.map(({ run, hosts }, index) => {
    const fates = new Set(
      hosts.map(({ outcome, running }) => outcome?.outcome ?? (running ? 'running' : 'no outcome')),
    )
    const words = [
      `${index + 1}  ${run.run}`,
      refWords(run.ref),
      `by ${run.user}`,
      // the id has the time itself
      formatAge(run.time, now),
      `${[...fates].join(', ')} (${foldHosts(hosts.map(({ host }) => host))})`,
    ]
    return words.join('  ')
  })
}
