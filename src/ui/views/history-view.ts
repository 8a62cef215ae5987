// What `shipit history` says: a run a line, newest first, with all hosts that had the same fate folded.

import type { ShipitError } from '../../errors.ts'
import type { OutcomeEvent, RunEvent } from '../../protocol/event.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { formatDuration } from '../../words/duration.ts'
import { backWords, stoppedWords, wentBackWords } from '../../words/ending.ts'
import { flagWords, refWords, shortCommit } from '../../words/ref.ts'
import { foldHosts } from './fold-hosts.ts'

export type HistoryRow = {
  run: RunEvent & { time: string }
  hosts: readonly {
    host: string
    outcome?: OutcomeEvent & { time: string }
    running?: boolean
    from?: string
    left?: boolean
  }[]
}

/** Formats runs for people. */
export function formatHistory(entries: readonly HistoryRow[]): string[] {
  if (entries.length === 0) return ['nothing was deployed there yet']
  return entries.flatMap(({ run, hosts }) => {
    const claimed = run.claimed === undefined ? '' : ` (says: ${run.claimed})`
    const drift = run.digest === 'unasked' ? ', recipe not compared' : ''
    const commits = new Set(hosts.map(({ outcome }) => outcome?.commit))
    // hosts that were asked for one ref may have found two commits there, or none
    const [commit] = commits
    const at = commits.size === 1 && commit !== undefined ? `, commit ${shortCommit(commit)}` : ''
    const withCommit = commits.size > 1
    const fates = Map.groupBy(hosts, (result) => `${fate(result, withCommit)}${since(result)}`)
    return [
      `${run.time.replace('T', ' ').replace('Z', ' UTC')}  ${refWords(run.ref)}${at}${flagWords(run.flags)}${backWords(run)}, by ${run.user}${claimed}${drift}`,
      ...[...fates.values()].flatMap((same) => {
        const [first] = same
        const where = foldHosts(same.map(({ host }) => host))
        return first ? [`  ${fate(first, withCommit)}${durations(same)} on ${where}${since(first)}`] : []
      }),
      `  run ${run.run}`,
    ]
  })
}

function fate({ outcome, running }: HistoryRow['hosts'][number], withCommit: boolean): string {
  if (!outcome) return running ? 'is going on' : 'has no outcome'
  const step = stoppedWords(outcome)
  const status = outcome.status === undefined ? '' : ` with status ${outcome.status}`
  const by = outcome.by === undefined ? '' : ` by ${outcome.by}`
  const at = withCommit && outcome.commit !== undefined ? ` at ${shortCommit(outcome.commit)}` : ''
  return `${outcome.outcome}${at}${by}${step}${status}`
}

/** What became of it afterwards. */
function since({ outcome, left }: HistoryRow['hosts'][number]): string {
  const back = outcome ? wentBackWords(outcome) : ''
  return `${back && `, ${back}`}${left ? ', was rolled back from' : ''}`
}

/** How long it took them: one time, or the least and the most. */
function durations(results: HistoryRow['hosts']): string {
  const all = results.flatMap(({ outcome }) => outcome?.ms ?? []).sort((a, b) => a - b)
  const [least, most] = [all.at(0), all.at(-1)].map((ms) => (ms === undefined ? '' : formatDuration(ms)))
  if (!least) return ''
  return ` after ${least === most ? least : `${least} to ${most}`}`
}

/** Formats runs and the hosts that did not answer for programs, one object a line. */
export function formatHistoryJson(
  entries: readonly HistoryRow[],
  errors: readonly { host: string; error: ShipitError }[],
): string[] {
  return [
    ...entries.map(({ run, hosts }) => renderJsonLine({ ...run, event: 'history', hosts })),
    ...errors.map(({ host, error }) =>
      renderJsonLine({
        event: 'error',
        host,
        code: error.code,
        exitCode: error.exitCode,
        message: error.message,
        suggestions: error.suggestions,
      }),
    ),
  ]
}
