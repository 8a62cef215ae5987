// A list of runs for a person to pick one of: a run a line, with its number.

import type { HistoryEntry } from '../../results/host-answer.ts'
import { refWords } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { alignColumns } from '../output/columns.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { foldHosts } from './fold-hosts.ts'
import { formatAge } from './format-time.ts'

const HEADS = ['#', 'run', 'what', 'by', 'started', 'hosts', 'outcome']

/** Formats runs, newest first, and why there is a choice; the first one is number 1. */
export function formatChoice(
  rows: readonly HistoryEntry[],
  now: Date,
  style: Style = chooseStyle(process.stderr, process.env),
): string[] {
  const running = rows.filter(({ hosts }) => hosts.some((host) => host.running))
  const why = running.length === 0 ? 'No run is in progress' : 'More than one run is in progress'
  const [heads = '', ...lines] = alignColumns([
    HEADS,
    ...rows.map(({ run, hosts }, index) => [
      `${index + 1}`,
      shortenRuns(run.run),
      refWords(run.ref),
      run.user,
      formatAge(run.time, now),
      foldHosts(hosts.map(({ host }) => host)),
      fatesOf(hosts),
    ]),
  ])
  return [`${why}. The newest are:`, style.paint('dim', heads), ...lines]
}

function fatesOf(hosts: HistoryEntry['hosts']): string {
  const fates = hosts.map(({ outcome, running }) => outcome?.outcome ?? (running ? 'running' : 'no outcome'))
  return [...new Set(fates)].join(', ')
}
