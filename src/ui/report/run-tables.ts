// The tables of a run's report: what its timeline shows, in words and numbers.
import { formatDuration } from '../../words/duration.ts'
import { briefCommit } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { median } from './four-keys.ts'
import { type Html, html } from './html.ts'
import type { ReportedHost, ReportedStep } from './run-collector.ts'
import { stateCell } from './state-words.ts'

const BAR = 120

/** A row for each step, in the order of the recipe. */
export function stepTable(hosts: readonly ReportedHost[]): Html {
  const all = hosts.flatMap(({ host, steps }) => steps.map((step) => ({ ...step, host })))
  const steps = [...Map.groupBy(all, ({ name }) => name)]
  if (steps.length === 0) return html`<p class="lead">No step was begun.</p>`
  const longest = Math.max(1, ...all.map(({ ms = 0 }) => ms))
  const isOne = hosts.length < 2
  return html`<div class="table"><table><thead><tr><th class="number">#</th><th>Step</th><th>Phase</th><th>Outcome</th>
${isOne ? html`<th class="number">Took</th>` : html`<th class="number">Fastest</th><th class="number">Median</th><th class="number">Slowest</th><th>Slowest host</th>`}<th></th></tr></thead><tbody>
${steps.map(([name, same], index) => stepRow(name, same, { number: index + 1, longest, isOne }))}</tbody></table></div>`
}

type OnHost = ReportedStep & { host: string }

function stepRow(
  name: string,
  same: readonly OnHost[],
  { number, longest, isOne }: { number: number; longest: number; isOne: boolean },
): Html {
  const ran = same
    .filter(({ ms }) => ms !== undefined)
    .toSorted((one, other) => (one.ms ?? 0) - (other.ms ?? 0))
  const times = ran.map(({ ms = 0 }) => ms)
  const slowest = ran.at(-1)
  const time = (ms: number | undefined) => (ms === undefined ? '' : formatDuration(ms))
  return html`<tr><td class="number dim">${number}</td><td class="wrap">${name}</td><td class="dim">${same[0]?.phase}</td><td>${outcomeOf(same)}</td>
${isOne ? html`<td class="number">${time(times[0])}</td>` : html`<td class="number">${time(times[0])}</td><td class="number">${time(median(times))}</td><td class="number">${time(slowest?.ms)}</td><td class="dim wrap">${slowest?.host}</td>`}
<td>${slowest && bar({ median: median(times) ?? 0, slowest: slowest.ms ?? 0, longest, phase: same[0]?.phase ?? 'publish' })}</td></tr>
`
}

function outcomeOf(same: readonly OnHost[]): Html {
  const counts = [...Map.groupBy(same, (step) => step.state)]
  const words: Readonly<Record<string, string>> = { waiting: 'not begun', unfinished: 'did not finish' }
  const signs: Readonly<Record<string, string>> = { done: '✓', failed: '✗' }
  const looks: Readonly<Record<string, string>> = {
    done: 'good-ink',
    failed: 'bad-ink',
    unfinished: 'other-ink',
  }
  return html`${counts.map(
    ([state, some]) =>
      html`<span class="${looks[state] ?? 'dim'}"><span class="sign">${signs[state] ?? '○'}</span>${words[state] ?? state}${same.length > 1 && ` ${some.length}`}</span> `,
  )}`
}

/** Solid up to the median, thin up to the slowest. */
function bar(of: { median: number; slowest: number; longest: number; phase: string }): Html {
  const x = (ms: number) => Math.max(1, (ms / of.longest) * BAR)
  return html`<svg viewBox="0 0 ${BAR} 12" width="${BAR}" height="12" aria-hidden="true"><line class="axis" x1="0" x2="${x(of.slowest)}" y1="6" y2="6" stroke-width="3"/><rect class="${of.phase}" x="0" y="2" width="${x(of.median)}" height="8" rx="1"/></svg>`
}

/** A row for each host, the slowest first. */
export function hostTable(hosts: readonly ReportedHost[]): Html {
  const hasWait = hosts.some(({ after }) => after)
  return html`<div class="table"><table><thead><tr><th>Host</th><th>Outcome</th><th class="number">Took</th>
${hasWait && html`<th class="number">Waited</th><th>For</th>`}<th>Slowest step</th><th>Commit</th></tr></thead><tbody>
${hosts.map((host) => hostRow(host, hasWait))}</tbody></table></div>`
}

function hostRow(
  { host, state, at, end, after, before, commit, steps, words }: ReportedHost,
  hasWait: boolean,
): Html {
  const slowest = steps.toSorted((one, other) => (other.ms ?? 0) - (one.ms ?? 0))[0]
  const took = at === undefined || end === undefined ? '' : formatDuration(end - at)
  const from = before === undefined || before === commit ? '' : `${briefCommit(before)} → `
  return html`<tr><td class="host">${host}</td><td class="wrap">${stateCell(state, details(words))}</td><td class="number">${took}</td>
${hasWait && html`<td class="number">${after && at !== undefined && formatDuration(at)}</td><td>${after && `run ${shortenRuns(after.run)}, ${after.user}`}</td>`}
<td class="wrap">${slowest?.ms !== undefined && `${slowest.name} (${formatDuration(slowest.ms)})`}</td><td class="mono">${from}${commit === undefined ? '' : briefCommit(commit)}</td></tr>
`
}

/** `failed in make html with status 2` says the state already. */
function details(words: string | undefined): string {
  return words === undefined ? '' : ` ${shortenRuns(words).replace(/^[a-z-]+ ?/, '')}`
}
