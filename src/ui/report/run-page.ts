// The report of one run, as a page.
import type { RunReport } from '../../json/lines.ts'
import { formatDuration } from '../../words/duration.ts'
import { briefCommit, flagWords } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import { type Html, html } from './html.ts'
import { renderPage, utc } from './page.ts'
import type { ReportedHost } from './run-collector.ts'
import { hostTable, stepTable } from './run-tables.ts'
import { lookOf, stateBadge, stateWord } from './state-words.ts'
import { drawTimeline } from './timeline.ts'

/** More kinds of failure than anybody reads. */
const MOST_FAILURES = 20

/** Renders the page. */
export function renderRunPage(report: RunReport): string {
  const { app, environment, run, hosts, silent, time, version } = report
  const ms = report.ms ?? Math.max(0, Date.parse(time) - Date.parse(report.start))
  const body = html`<header><h1>${app} on ${environment}: ${whatWords(report)}</h1>${stateBadge(report.state)}
<p>Run <span class="mono">${run}</span></p></header>
${facts(report, ms)}
${failures(hosts)}
${silent.length > 0 && unanswered(silent)}
<h2>Timeline</h2>
<p class="lead">${timelineWords(hosts)}</p>
${hosts.length > 0 && drawTimeline(hosts, ms)}
<h2>Steps</h2>
${stepTable(hosts)}
${commits(report)}
<h2>Hosts</h2>
${hostTable(hosts)}`
  return renderPage({
    title: `${app} ${environment}: run ${shortenRuns(run)}, ${stateWord(report.state)}`,
    body,
    time,
    version,
  })
}

function whatWords({ ref, to, flags }: RunReport): string {
  const name = `${ref.kind} ${ref.name}${flagWords(flags)}`
  return to === undefined ? name : `back to run ${shortenRuns(to)} (${name})`
}

function facts(report: RunReport, ms: number): Html {
  const { hosts, user, claimed, start, commits, digest } = report
  const commit = [...new Set(hosts.map((host) => host.commit ?? ''))].filter((each) => each !== '')
  const waited = hosts.some(({ after }) => after)
  return html`<dl class="facts">
<div><dt>${waited ? 'Asked' : 'Began'}</dt><dd>${utc(start)}</dd></div>
<div><dt>${report.ms === undefined ? 'So far' : 'Took'}</dt><dd>${formatDuration(ms)}</dd></div>
<div><dt>Hosts</dt><dd>${goodWords(report)}</dd></div>
<div><dt>By</dt><dd>${user}${claimed !== undefined && html`<small>says: ${claimed.replaceAll(',', ', ')}</small>`}</dd></div>
<div><dt>Commit</dt><dd class="mono">${commit.map(briefCommit).join(', ') || 'none'}${commits && html`<small>was ${briefCommit(commits.from)}</small>`}</dd></div>
<div><dt>Recipe</dt><dd class="mono">${digest === 'unasked' ? 'not compared' : digest.slice(0, 12)}</dd></div>
</dl>`
}

function goodWords({ hosts, silent }: RunReport): string {
  const good = hosts.filter(({ state }) => lookOf(state) === 'good').length
  const all = hosts.length + silent.length
  const [only] = hosts
  if (only && all === 1) return only.host
  const missing = silent.length > 0 ? `, ${silent.length} did not answer` : ''
  return good === all ? `all ${all} succeeded` : `${good} of ${all} succeeded${missing}`
}

/** Hosts that failed alike are one. */
function failures(hosts: readonly ReportedHost[]): Html | undefined {
  const failed = hosts.filter(({ words }) => words !== undefined)
  const groups = [...Map.groupBy(failed, ({ words, output = [] }) => [words, ...output].join('\n')).values()]
  if (groups.length === 0) return undefined
  const most = groups.toSorted((one, other) => other.length - one.length)
  return html`<h2>${failed.some(({ state }) => lookOf(state) === 'bad') ? 'What failed' : 'What went differently'}</h2>
${most.slice(0, MOST_FAILURES).map(
  (
    group,
  ) => html`<section class="failure ${lookOf(group[0]?.state ?? 'unknown')}"><h3>${foldHosts(group.map(({ host }) => host))}</h3>
<p>${shortenRuns(group[0]?.words ?? '')}</p>
${
  (group[0]?.output ?? []).length > 0 &&
  html`<pre>${(group[0]?.output ?? []).map(
    (line) => html`${line}
`,
  )}</pre>`
}</section>
`,
)}
${most.length > MOST_FAILURES && html`<p class="dim">${most.length - MOST_FAILURES} more kinds of failure: the table of hosts has them.</p>`}`
}

function unanswered(silent: RunReport['silent']): Html {
  const groups = [...Map.groupBy(silent, ({ words }) => words)]
  return html`<h2>What is not known</h2>
${groups.map(([words, same]) => html`<section class="failure other"><h3>${foldHosts(same.map(({ host }) => host))}</h3><p>${words}</p></section>`)}`
}

function timelineWords(hosts: readonly ReportedHost[]): string {
  const [slowest] = hosts
  const fastest = hosts.at(-1)
  if (!slowest || !fastest) return 'No host has told of this run.'
  const waits = [
    ...Map.groupBy(
      hosts.filter(({ after }) => after),
      ({ after }) => `${after?.run} ${after?.user}`,
    ).values(),
  ]
  const waited = waits.map((group) => {
    const { run = '', user = '' } = group[0]?.after ?? {}
    const longest = Math.max(...group.map(({ at = 0 }) => at))
    return `${foldHosts(group.map(({ host }) => host))} waited up to ${formatDuration(longest)} for run ${shortenRuns(run)} of ${user}.`
  })
  const spread =
    hosts.length < 2 || fastest.end === undefined || slowest.end === undefined
      ? ''
      : `The slowest host first: ${slowest.host} ended ${formatDuration(slowest.end - fastest.end)} after ${fastest.host}.`
  return [spread, ...waited].filter((words) => words !== '').join(' ')
}

function commits({ commits: list }: RunReport): Html | undefined {
  if (!list) return undefined
  const more = list.count - list.lines.length
  return html`<h2>Commits</h2>
<p class="lead">${list.count === 0 ? 'No new commits' : `${list.count} new`}, from ${briefCommit(list.from)} to ${briefCommit(list.to)}, as far as the checkout has them.</p>
${
  list.lines.length > 0 &&
  html`<table><tbody>${list.lines.map((line) => {
    const [id = '', ...words] = line.split(' ')
    return html`<tr><td class="mono narrow">${id}</td><td class="wrap">${words.join(' ')}</td></tr>`
  })}${more > 0 && html`<tr><td></td><td class="dim">and ${more} more</td></tr>`}</tbody></table>`
}`
}
