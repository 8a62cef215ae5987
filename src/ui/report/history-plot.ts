// Runs as marks in a plot: when each began, and how long something took. A mark's form says how the run ended.
import { formatDuration } from '../../words/duration.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { longWords, powerTicks, tickWords, timeTicks } from './axis.ts'
import type { ReportedRun } from './four-keys.ts'
import { type Html, html } from './html.ts'
import { isBad } from './join-states.ts'
import { stateWord } from './state-words.ts'

const WIDTH = 1120
const HEIGHT = 300
const LEFT = 64
const RIGHT = 20
const TOP = 12
const BOTTOM = 30

/** What a plot shows. */
export type Plot = {
  fromMs: number
  toMs: number
  /** what stands on the upright axis, in ms */
  valueOf: (run: ReportedRun) => number | undefined
  label: string
  medianMs?: number | undefined
}

type Mark = 'good' | 'bad' | 'left' | 'back' | 'other'
const MARK_WORDS: Readonly<Record<Mark, string>> = {
  good: 'succeeded',
  bad: 'failed',
  left: 'succeeded, then rolled back',
  back: 'rollback',
  other: 'cancelled, superseded, or other',
}
/** What is drawn last lies on top. */
const ORDER: readonly Mark[] = ['other', 'good', 'back', 'left', 'bad']

/** Draws it, with an upright axis of powers: what took seconds and what took hours are both seen. */
export function drawRuns(runs: readonly ReportedRun[], plot: Plot): Html {
  const shown = runs.flatMap((run) => {
    const value = plot.valueOf(run)
    return value === undefined ? [] : [{ run, value: Math.max(1, value), mark: markOf(run) }]
  })
  const values = shown.map(({ value }) => value)
  const ticks = powerTicks(Math.min(...values), Math.max(...values))
  const [low = 1, high = 10] = [ticks[0], ticks.at(-1)]
  const span = Math.max(1, plot.toMs - plot.fromMs)
  const x = (ms: number) => LEFT + 10 + ((ms - plot.fromMs) / span) * (WIDTH - LEFT - RIGHT - 20)
  const y = (ms: number) =>
    HEIGHT - BOTTOM - (Math.log(ms / low) / Math.log(high / low)) * (HEIGHT - TOP - BOTTOM)
  const marks = ORDER.flatMap((mark) => shown.filter((each) => each.mark === mark))
  const kinds = ORDER.filter((mark) => shown.some((each) => each.mark === mark)).toReversed()
  return html`<div class="drawing"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${plot.label}. The table of all runs has the same in words.">
${ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/><text class="small soft" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tickWords(tick)}</text>`)}
${timeTicks(plot.fromMs, plot.toMs).map(({ at, words }) => html`<line class="axis" x1="${x(at)}" x2="${x(at)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 5}"/><text class="small soft" x="${x(at)}" y="${HEIGHT - 8}" text-anchor="middle">${words}</text>`)}
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>
${plot.medianMs !== undefined && plot.medianMs >= low && html`<line class="median" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(plot.medianMs)}" y2="${y(plot.medianMs)}"/>`}
${marks.map(
  ({
    run,
    value,
    mark,
  }) => html`<g><title>${titleOf(run, value)}</title>${drawMark(mark, x(Date.parse(run.began)), y(value))}</g>
`,
)}</svg>
<ul class="legend">${kinds.map((mark) => html`<li><svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">${drawMark(mark, 7, 7)}</svg>${MARK_WORDS[mark]} (${shown.filter((each) => each.mark === mark).length})</li>`)}</ul></div>`
}

function markOf(run: ReportedRun): Mark {
  if (isBad(run.state)) return 'bad'
  if (run.state !== 'succeeded') return 'other'
  if (run.left) return 'left'
  return run.to === undefined ? 'good' : 'back'
}

function drawMark(mark: Mark, x: number, y: number): Html {
  switch (mark) {
    case 'good':
      return html`<circle class="good-mark" cx="${x}" cy="${y}" r="4"/>`
    case 'bad':
      return html`<path class="bad-mark" d="M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}"/>`
    case 'left':
      return html`<circle class="bad-mark" cx="${x}" cy="${y}" r="4.5"/><path class="bad-mark" d="M${x - 3} ${y + 3}L${x + 3} ${y - 3}"/>`
    case 'back':
      return html`<path class="back-mark" d="M${x - 5} ${y - 4}L${x + 5} ${y - 4}L${x} ${y + 5}Z"/>`
    case 'other':
      return html`<rect class="other-mark" x="${x - 3.5}" y="${y - 3.5}" width="7" height="7"/>`
  }
}

function titleOf({ run, ref, user, began, state, ms, leadMs }: ReportedRun, value: number): string {
  const took = ms === undefined ? formatDuration(value) : formatDuration(ms)
  const lead = leadMs === undefined ? '' : `, ${longWords(leadMs)} after its commit`
  return `${shortenRuns(run)}: ${ref.name} by ${user}, ${began.slice(0, 16).replace('T', ' ')}: ${stateWord(state)}, took ${took}${lead}`
}
