// The report of an environment's history, as a page.
import type { HistoryReport } from '../../json/lines.ts'
import { formatDuration } from '../../words/duration.ts'
import { briefCommit } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import { longWords } from './axis.ts'
import type { ReportedRun } from './four-keys.ts'
import { drawRuns } from './history-plot.ts'
import { type Html, html } from './html.ts'
import { isBad } from './join-states.ts'
import { renderPage, utc } from './page.ts'
import { stateCell } from './state-words.ts'
import { drawWeeks } from './week-bars.ts'

/** The drawings have all of them. */
const MOST_ROWS = 300

/** Renders the page. */
export function renderHistoryPage(report: HistoryReport): string {
  const { app, environment, runs, since, cut = [], silent, time, version } = report
  const first = since ?? runs[0]?.began ?? time
  const body = html`<header><h1>${app} on ${environment}: history</h1>
${runs.length > 0 && html`<p>${runs.length} ${runs.length === 1 ? 'run' : 'runs'} from ${first.slice(0, 10)} to ${time.slice(0, 10)}</p>`}${cut.length > 0 && html`<p>${foldHosts(cut)} told only the newest 1000 runs: the report begins with the oldest of them.</p>`}</header>
${runs.length === 0 ? empty(report) : whole(report)}
${silent.length > 0 && html`<h2>What is not known</h2>${silent.map(({ host, words }) => html`<section class="failure other"><h3>${foldHosts([host])}</h3><p>${words}</p></section>`)}`}`
  return renderPage({ title: `${app} ${environment}: history`, body, time, version })
}

function empty({ since }: HistoryReport): Html {
  return html`<div class="empty"><b>No runs</b>${since === undefined ? 'Nothing was deployed there yet.' : `Nothing was deployed there since ${since}.`}</div>`
}

function whole(report: HistoryReport): Html {
  const { runs, keys, time } = report
  const window = { fromMs: Date.parse(report.since ?? runs[0]?.began ?? time), toMs: Date.parse(time) }
  const led = runs.filter(({ leadMs }) => leadMs !== undefined)
  return html`${fourKeys(report)}
<h2>Runs</h2>
<p class="lead">Each run by when it began and how long it took on its slowest host.</p>
${drawRuns(runs, { ...window, valueOf: ({ ms }) => ms, label: 'Runs by time and duration' })}
<h2>Deploys a week</h2>
<p class="lead">Weeks begin on Monday. What failed or was rolled back stands on top.</p>
${drawWeeks(report.weeks)}
<h2>From commit to live</h2>
${
  led.length > 0
    ? html`<p class="lead">From the time of the deployed commit to the end of the run that put it live; the dashed line is the median. ${led.length} of ${runs.length} runs: the others went back, did not succeed, or have a commit that the checkout lacks.</p>
${drawRuns(led, { ...window, valueOf: ({ leadMs }) => leadMs, label: 'Runs by time and age of their commit', medianMs: keys.leadMs })}`
    : html`<p class="lead">The checkout has none of the commits that were deployed. Run it where they are, after a fetch.</p>`
}
<h2>All runs</h2>
${runTable(runs)}`
}

function fourKeys({ keys, runs }: HistoryReport): Html {
  const { failed, deploysAWeek, leadMs, recoveryMs } = keys
  const share = failed.of === 0 ? '–' : `${Math.round((100 * failed.count) / failed.of)} %`
  const open = runs.filter((run) => (isBad(run.state) || run.left) && run.recoveryMs === undefined).length
  const tile = (name: string, value: string, about: string) =>
    html`<li><span class="name">${name}</span><b>${value}</b><span>${about}</span></li>`
  return html`<ul class="keys">
${tile('Deployment frequency', deploysAWeek === undefined ? '–' : `${deploysAWeek.toFixed(1)} a week`, 'deploys that succeeded on all their hosts')}
${tile('Lead time for changes', leadMs === undefined ? '–' : longWords(leadMs), 'from commit to live, median')}
${tile('Change failure rate', share, `${failed.count} of ${failed.of} deploys failed or were rolled back`)}
${tile('Failed deployment recovery time', recoveryMs === undefined ? '–' : longWords(recoveryMs), `to the next success, median${open > 0 ? `; ${open} without one yet` : ''}`)}
</ul>`
}

function runTable(runs: readonly ReportedRun[]): Html {
  const newest = runs.toReversed().slice(0, MOST_ROWS)
  return html`<div class="table"><table><thead><tr><th>Began (UTC)</th><th>What</th><th>Commit</th><th>By</th><th>Outcome</th><th class="number">Took</th><th class="number">Hosts</th><th class="number">Commit to live</th><th class="number">Recovered after</th><th>Run</th></tr></thead><tbody>
${newest.map(runRow)}</tbody></table></div>
${runs.length > MOST_ROWS && html`<p class="dim">${runs.length - MOST_ROWS} older runs are in the drawings only.</p>`}`
}

function runRow(run: ReportedRun): Html {
  const what = run.to === undefined ? run.ref.name : `back to ${shortenRuns(run.to)} (${run.ref.name})`
  return html`<tr><td>${utc(run.began).slice(0, 16)}</td><td class="wrap">${what}</td><td class="mono">${run.commit !== undefined && briefCommit(run.commit)}</td><td>${run.user}</td><td>${run.left ? html`<span class="bad-ink"><span class="sign">✗</span>rolled back</span>` : stateCell(run.state)}</td>
<td class="number">${run.ms !== undefined && formatDuration(run.ms)}</td><td class="number">${run.hosts}</td><td class="number">${run.leadMs !== undefined && longWords(run.leadMs)}</td><td class="number">${run.recoveryMs !== undefined && longWords(run.recoveryMs)}</td><td class="mono">${shortenRuns(run.run)}</td></tr>
`
}
