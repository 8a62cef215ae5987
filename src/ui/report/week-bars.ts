// The weeks of a history, as bars.
import type { HistoryReport } from '../../json/lines.ts'
import { type Html, html } from './html.ts'

const WIDTH = 1120
const HEIGHT = 210
const LEFT = 64
const RIGHT = 20
const TOP = 18
const BOTTOM = 28
const WIDEST_BAR = 60
const MOST_LABELS = 9

/** Draws them: good ones at the bottom, bad ones hatched on top. */
export function drawWeeks(weeks: HistoryReport['weeks']): Html {
  const most = Math.max(1, ...weeks.map(({ good, bad, other }) => good + bad + other))
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => most / each <= 5) ?? 1000
  const top = Math.ceil(most / step) * step
  const y = (count: number) => HEIGHT - BOTTOM - (count / top) * (HEIGHT - TOP - BOTTOM)
  const slot = (WIDTH - LEFT - RIGHT) / weeks.length
  const bar = Math.min(WIDEST_BAR, slot * 0.72)
  const every = Math.ceil(weeks.length / MOST_LABELS)
  const bars = weeks.map(({ monday, good, bad, other }, index) => {
    const middle = LEFT + (index + 0.5) * slot
    const x = middle - bar / 2
    const parts = [
      { count: good, look: 'good', from: 0 },
      { count: other, look: 'other', from: good },
      { count: bad, look: 'bad', from: good + other },
    ].filter(({ count }) => count > 0)
    const rects = parts.map(({ count, look, from }) => {
      const place = html`x="${x}" y="${y(from + count)}" width="${bar}" height="${y(from) - y(from + count)}"`
      return html`<rect class="step bar-${look}" ${place}/>${look === 'bad' && html`<rect ${place} fill="url(#hatch-weeks)" opacity="0.55"/>`}`
    })
    const all = good + bad + other
    return html`<g><title>Week of ${monday}: ${good} succeeded, ${bad} failed or rolled back, ${other} other</title>${rects}
${all > 0 && bar >= 14 && html`<text class="small" x="${middle}" y="${y(all) - 5}" text-anchor="middle">${all}</text>`}
${index % every === 0 && html`<text class="small soft" x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">${monday}</text>`}</g>
`
  })
  const ticks = Array.from({ length: top / step + 1 }, (_, index) => index * step)
  return html`<div class="drawing"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Runs by week">
<defs><pattern id="hatch-weeks" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>
${ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/><text class="small soft" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`)}
${bars}</svg>
<ul class="legend"><li>${swatch('good')}succeeded</li><li>${swatch('bad')}failed or rolled back</li><li>${swatch('other')}cancelled, superseded, or other</li></ul></div>`
}

function swatch(look: string): Html {
  return html`<svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true"><rect class="bar-${look}" x="0.5" y="1.5" width="21" height="11" rx="2"/>${look === 'bad' && html`<rect x="0.5" y="1.5" width="21" height="11" rx="2" fill="url(#hatch-weeks)" opacity="0.55"/>`}</svg>`
}
