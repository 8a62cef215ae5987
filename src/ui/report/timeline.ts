// The timeline of a run: a row for each host, the slowest first, and in it a bar for each step.
import { cleanLine } from '../../safe-text/clean-text.ts'
import { formatDuration } from '../../words/duration.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { durationTicks, tickWords } from './axis.ts'
import { type Html, html } from './html.ts'
import type { ReportedHost, ReportedStep } from './run-collector.ts'
import { lookOf } from './state-words.ts'

const WIDTH = 1120
/** For what stands behind a bar: a sign and a duration. */
const RIGHT = 92
const LONGEST_NAME = 30
/** Of a letter of the drawing's text, on the average and then some. */
const LETTER = 7.2
const TOP = 26

/** What rows look like: fewer hosts have more room. */
type Row = { height: number; bar: number; text: '' | 'small' | 'tiny' }

/** Draws it. @param ms how long the run took, or has taken */
export function drawTimeline(hosts: readonly ReportedHost[], ms: number): Html {
  const row = rowFor(hosts.length)
  const letters = Math.min(LONGEST_NAME, Math.max(6, ...hosts.map(({ host }) => host.length)))
  const left = Math.ceil(letters * (row.text === 'tiny' ? 6 : LETTER)) + 14
  const ticks = durationTicks(Math.max(ms, 1))
  const end = ticks.at(-1) ?? ms
  const x = (at: number) => left + (Math.max(0, at) / end) * (WIDTH - left - RIGHT)
  const height = TOP + hosts.length * row.height + 8
  const lines = ticks.map(
    (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 4}" y2="${height - 6}"/>
<text class="small soft" x="${x(tick)}" y="14" text-anchor="middle">${tickWords(tick)}</text>`,
  )
  const rows = hosts.map((host, index) => drawHost(host, { row, x, y: TOP + index * row.height, left, ms }))
  return html`<div class="drawing"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline: a row for each host, a bar for each step. The tables below have the same in words.">
<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>
${lines}
${rows}
</svg>
<ul class="legend">
<li>${swatch('prepare')}prepares, touches nothing live</li>
<li>${swatch('publish')}publishes</li>
${hosts.some(({ steps }) => steps.some(isBroken)) && html`<li>${swatch('failed', 'hatched')}failed or did not finish</li>`}
${hosts.some(({ after }) => after) && html`<li>${swatch('waiting')}waited for another run</li>`}
</ul></div>`
}

function rowFor(count: number): Row {
  if (count <= 30) return { height: 30, bar: 20, text: '' }
  return count <= 100 ? { height: 18, bar: 13, text: 'small' } : { height: 12, bar: 9, text: 'tiny' }
}

type Place = { row: Row; x: (at: number) => number; y: number; left: number; ms: number }

function drawHost(host: ReportedHost, place: Place): Html {
  const { row, x, y, left, ms } = place
  const top = y + (row.height - row.bar) / 2
  const baseline = y + row.height / 2 + (row.text === 'tiny' ? 3.2 : 4)
  const end = host.end ?? ms
  const look = lookOf(host.state)
  const sign = { good: '✓', bad: '✗', other: '○' }[look]
  const took = host.end === undefined ? host.state : formatDuration(host.end - (host.at ?? 0))
  // made safe before it is cut: half a secret would not be known as one
  const whole = cleanLine(host.host)
  const name = whole.length > LONGEST_NAME ? `${whole.slice(0, LONGEST_NAME - 1)}…` : whole
  return html`<text class="${row.text}" x="${left - 10}" y="${baseline}" text-anchor="end">${name}</text>
${host.after && host.at !== undefined && drawWait(host, { ...place, top })}
${host.steps.filter(({ at }) => at !== undefined).map((step) => drawStep(step, { ...place, top, number: host.steps.indexOf(step) + 1, until: end }))}
<text class="${row.text} ${look}-ink" x="${x(end) + 7}" y="${baseline}">${sign} ${took}</text>
`
}

function drawWait({ after, at = 0 }: ReportedHost, { row, x, top }: Place & { top: number }): Html {
  const words = `waited for run ${shortenRuns(after?.run ?? '')} by ${after?.user}`
  const label = `for run ${shortenRuns(after?.run ?? '')}`
  const width = x(at) - x(0)
  return html`<g><title>${words}, ${formatDuration(at)}</title>
<rect class="waiting" x="${x(0)}" y="${top + 0.5}" width="${Math.max(0, width - 2)}" height="${row.bar - 1}"/>
${row.text === '' && label.length * LETTER < width - 8 && html`<text class="small soft" x="${x(0) + 6}" y="${top + row.bar / 2 + 4}">${label}</text>`}</g>`
}

function drawStep(
  step: ReportedStep,
  { row, x, top, number, until }: Place & { top: number; number: number; until: number },
): Html {
  const from = step.at ?? 0
  const to = step.ms === undefined ? until : from + step.ms
  const width = Math.max(1.5, x(to) - x(from))
  const look = isBroken(step) ? 'failed' : step.phase
  const ink = look === 'prepare' ? 'on-prepare' : 'on-publish'
  const label = step.name.length * LETTER + 10 < width ? step.name : width > 16 ? String(number) : ''
  const place = html`x="${x(from)}" y="${top}" width="${width}" height="${row.bar}" rx="2"`
  // with hundreds of hosts each element counts
  return html`<rect class="step ${look}" ${place}><title>${number}. ${step.name}: ${stepWords(step)}</title></rect>
${isBroken(step) && html`<rect class="cover" ${place} fill="url(#hatch)" opacity="0.55"/>`}
${row.text === '' && label !== '' && !isBroken(step) && html`<text class="small cover ${ink}" x="${x(from) + 5}" y="${top + row.bar / 2 + 4}">${label}</text>`}`
}

function isBroken({ state }: ReportedStep): boolean {
  return state === 'failed' || state === 'unfinished'
}

/** What became of a step, in words. */
function stepWords({ state, ms, status, limitSeconds, attempts, phase }: ReportedStep): string {
  const took = ms === undefined ? '' : ` after ${formatDuration(ms)}`
  const tries = attempts === undefined ? '' : `, at attempt ${attempts}`
  if (state === 'failed' && limitSeconds !== undefined) return `ran out of time (${limitSeconds} s)${tries}`
  if (state === 'failed') return `failed with status ${status}${took}${tries}`
  if (state === 'done') return `${formatDuration(ms ?? 0)}${tries} (${phase})`
  return { running: 'running', skipped: 'skipped', waiting: 'not begun', unfinished: 'did not finish' }[state]
}

function swatch(look: string, hatched?: 'hatched'): Html {
  const box = html`x="0.5" y="1.5" width="21" height="11" rx="2"`
  return html`<svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true"><rect class="step ${look}" ${box}/>${hatched && html`<rect ${box} fill="url(#hatch)" opacity="0.55"/>`}</svg>`
}
