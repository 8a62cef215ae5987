// What `shipit history` says: a run a line, newest first, with all hosts that had the same fate folded.

import type { ShipitError } from '../../errors.ts'
import type { RunEvent } from '../../protocol/event.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { formatDuration } from '../../words/duration.ts'
import { stoppedWords, wentBackWords } from '../../words/ending.ts'
import { flagWords, shortCommit } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { padText, textWidth } from '../output/text-width.ts'
import { foldHosts } from './fold-hosts.ts'

/**
 * Formats runs for people: one line a run, and one more for hosts on which it went otherwise.
 * @param how `since`: the day from which runs were asked for
 */
export function formatHistory(
  entries: readonly HistoryEntry[],
  {
    since,
    style = chooseStyle(process.stdout, process.env),
  }: { since?: string | undefined; style?: Style } = {},
): string[] {
  if (entries.length === 0)
    return [`nothing was deployed there ${since === undefined ? 'yet' : `since ${since}`}`]
  const rows = entries.flatMap((entry) => rowsOf(entry, style))
  const widths = HEADS.map((head, column) =>
    Math.max(textWidth(head), ...rows.map(({ cells }) => textWidth(cells[column] ?? ''))),
  )
  const line = (cells: readonly string[]) => cells.map((cell, column) => padText(cell, widths[column] ?? 0))
  return [
    style.paint('dim', `  ${line(HEADS).join('  ')}`.trimEnd()),
    ...rows.map(({ sign, cells, how }) => {
      const padded = line(cells)
      const id = padded.pop() ?? ''
      // in colour, blanks at the end of a line would stay, and be a line of their own on a narrow terminal
      const end = how === '' ? [style.paint('dim', id.trimEnd())] : [style.paint('dim', id), how]
      return `${sign} ${[...padded, ...end].join('  ')}`.trimEnd()
    }),
  ]
}

const HEADS = ['when (UTC)', 'what', 'commit', 'by', 'took', 'hosts', 'run']

type Line = { sign: string; cells: readonly string[]; how: string }

/** Hosts with the same fate are one row; when, what and who stands in the first. */
function rowsOf({ run, hosts }: HistoryEntry, style: Style): Line[] {
  const fates = Map.groupBy(hosts, (result) => [result.outcome?.commit, fate(result), result.left].join(' '))
  const ref = run.ref.kind === 'branch' ? run.ref.name : `${run.ref.kind} ${run.ref.name}`
  const id = shortenRuns(run.run)
  const said = [
    ...(run.claimed === undefined ? [] : [`(says: ${run.claimed})`]),
    ...(run.digest === 'unasked' ? ['recipe not compared'] : []),
  ]
  return [...fates.values()].flatMap((same, index) => {
    const [first] = same
    if (!first) return []
    const isFirst = index === 0
    const commit = first.outcome?.commit
    const words = [fate(first), laterWords(first.left, isFirst ? run.to : undefined)]
    return {
      sign: signOf(first, run, style),
      cells: [
        ...(isFirst ? [formatWhen(run.time), `${ref}${flagWords(run.flags)}`] : ['', '']),
        commit === undefined ? '' : commit.slice(0, SHOWN_DIGITS),
        isFirst ? run.user : '',
        longest(same),
        foldHosts(same.map(({ host }) => host)),
        isFirst ? id : '',
      ],
      how: [...words.filter((each) => each !== ''), ...(isFirst ? said : [])].join(', '),
    }
  })
}

/** As many as git shows in a line. */
const SHOWN_DIGITS = 7

function signOf({ outcome, running }: HistoryEntry['hosts'][number], run: RunEvent, style: Style): string {
  if (running) return style.paint('yellow', style.running)
  if (outcome?.outcome === 'superseded') return style.paint('dim', style.skipped)
  if (outcome?.outcome !== 'succeeded') return style.paint('red', style.failed)
  return style.paint('green', run.to === undefined ? style.done : style.back)
}

/** `2026-11-22T12:00:00Z` is `2026-11-22 12:00`. */
function formatWhen(time: string): string {
  return time.replace('T', ' ').replace(/:\d\dZ$/, '')
}

/** How it went, where the sign does not say all. */
function fate({ outcome, running }: HistoryEntry['hosts'][number]): string {
  if (!outcome) return running ? 'running' : 'no outcome'
  if (outcome.outcome === 'succeeded') return ''
  if (outcome.live) return `superseded by ${shortCommit(outcome.live.commit)}`
  const step = stoppedWords(outcome)
  const status = outcome.status === undefined ? '' : ` with status ${outcome.status}`
  const by = outcome.by === undefined ? '' : ` by ${outcome.by}`
  const back = wentBackWords(outcome)
  return `${outcome.outcome}${by}${step}${status}${back && `, ${back}`}`
}

/** What became of it afterwards. @param to the run that a rollback went back to */
function laterWords(isLeft: boolean | undefined, to: string | undefined): string {
  if (to === undefined) return isLeft ? 'later rolled back' : ''
  return isLeft ? `went back to ${to}; later rolled back itself` : `back to ${to}`
}

/** The longest time that one of them took. */
function longest(results: HistoryEntry['hosts']): string {
  const all = results.flatMap(({ outcome }) => outcome?.ms ?? [])
  return all.length === 0 ? '' : formatDuration(Math.max(...all))
}

/** Formats runs and the hosts that did not answer for programs, one object a line. */
export function formatHistoryJson(
  entries: readonly HistoryEntry[],
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
