// What `shipit status` says: what is live on each host, the result of the last run, who holds the lock.

import { defined } from '../../defined.ts'
import type { EventOf, Live, OutcomeEvent, RunEvent } from '../../protocol/event.ts'
import type { HostStatus } from '../../results/host-answer.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'
import { CURRENT_WORDS } from '../../words/current.ts'
import { backWords, stoppedWords, wentBackWords } from '../../words/ending.ts'
import { busyWords, freezeWords, holderWords, waiterWords } from '../../words/holder.ts'
import { refWords, shortCommit } from '../../words/ref.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { anonymous } from './anonymous.ts'
import { foldHosts } from './fold-hosts.ts'
import { formatMoment } from './format-time.ts'
import { checkLines, unseenLines } from './plan/plan-rows.ts'

/** Formats what the hosts said; hosts that said the same are one. */
export function formatStatus(question: {
  app: string
  environment: string
  answers: readonly HostStatus[]
  now: Date
  /** why the recipe's checks were not run, if it has some */
  whyUnchecked?: string
  style?: Style
}): string[] {
  const { app, environment, answers, style = chooseStyle(process.stdout, process.env), ...rest } = question
  const view = { ...rest, style }
  const groups = Map.groupBy(answers, (answer) => {
    const text = formatHost(withoutClock(answer), view).join('\n')
    return answer.error ? anonymous(answer, text) : text
  })
  return [
    `${app} in ${environment}`,
    ...[...groups.values()].flatMap((group) => [
      '',
      style.paint('bold', foldHosts(group.map(({ host }) => host))),
      ...group.slice(0, 1).flatMap((first) => formatHost(first, view).map((line) => `  ${line}`)),
    ]),
  ]
}

/** Formats what the hosts said for programs: one line of JSON for each host. */
export function formatStatusJson(answers: readonly HostStatus[]): string[] {
  return answers.map(({ host, status, lastRun, lastOutcome, waiting, checks, unseen, error }) =>
    renderJsonLine({
      event: 'host-status',
      host,
      status,
      lastRun,
      lastOutcome,
      waiting,
      ...defined({ checks, unseen: unseen?.length ? unseen : undefined }),
      error: error && errorData(error),
    }),
  )
}

type View = { now: Date; style: Style; whyUnchecked?: string }

/** Hosts of one run began it a second apart, and are asked a second apart: that makes no difference. */
function withoutClock({ lastRun, status, waiting, ...answer }: HostStatus): HostStatus {
  const { holder, freeze } = status ?? {}
  return {
    ...answer,
    ...defined({
      lastRun: lastRun && { ...lastRun, time: '' },
      waiting: waiting?.map((each) => ({ ...each, seconds: 0 })),
    }),
    ...(status
      ? {
          status: {
            ...status,
            ...defined({ holder: holder && { ...holder, seconds: 0 } }),
            ...defined({ freeze: freeze && { ...freeze, seconds: 0 } }),
          },
        }
      : {}),
  }
}

function formatHost(host: HostStatus, view: View): string[] {
  const { style } = view
  if (host.error) {
    return [
      ...cleanLines(host.error.message).map((line) => `${style.paint('red', style.failed)} ${line}`),
      ...host.error.suggestions.map((line) => `${style.paint('yellow', style.next)} ${cleanLine(line)}`),
    ]
  }
  const live = host.status?.live
  const rows: [string, string][] = []
  if (!live && !host.lastRun) rows.push(['live', 'nothing was deployed here yet'])
  else rows.push(['live', live ? formatLive(live, host, view) : 'nothing yet'])
  if (host.lastRun) {
    const id = style.paint('dim', `run ${host.lastRun.run}`)
    rows.push(['last run', `${formatRun(host.lastRun, host, view)}  ${id}`])
  }
  const { lock, freeze } = host.status ?? {}
  // 'free' would be read as not frozen
  if (host.status && !(lock === 'free' && freeze)) rows.push(['lock', formatLock(host.status)])
  for (const [index, waiter] of (host.waiting ?? []).entries())
    rows.push([index === 0 ? 'waiting' : '', `${index + 1}. ${waiterWords(waiter)}`])
  if (freeze) rows.push(['frozen', freezeWords(freeze)])
  const current = host.status?.current
  if (current) rows.push(['current', style.paint('red', `${current.path} ${CURRENT_WORDS[current.state]}`)])
  for (const [index, line] of checkRows(host, view).entries()) rows.push([index === 0 ? 'checks' : '', line])
  return rows.map(([name, text]) => `${style.paint('dim', name.padEnd(8))}  ${text}`)
}

/** Of the checks that were asked again; nothing where none were to be. */
function checkRows({ checks, unseen = [] }: HostStatus, { style, whyUnchecked }: View): string[] {
  if (!checks) return []
  const lines = [
    ...checks.flatMap((each) => checkLines(each, style)),
    ...unseen.flatMap((each) => unseenLines(each, style)),
  ]
  return lines.length > 0 ? lines : [whyUnchecked ?? 'none']
}

function formatLive(live: Live, { status, lastRun }: HostStatus, { now, style }: View): string {
  const commit = live.commit === '-' ? 'no commit' : shortCommit(live.commit)
  const by =
    lastRun?.run === live.run ? `by ${lastRun.user}, ${formatMoment(lastRun.time, now)}` : `run ${live.run}`
  const text = `${style.paint('bold', commit)}  ${refWords(live.ref)}, ${by}`
  if (live.how === 'complete') return text
  const why = goesOn(live.run, status) ? 'that run is still running' : 'that run failed'
  return `${text}, ${style.paint('red', `only partly: ${why}`)}`
}

function formatRun(
  run: RunEvent & { time: string },
  { status, lastOutcome }: HostStatus,
  view: View,
): string {
  const { now, style } = view
  const what = `${refWords(run.ref)}${backWords(run)}, by ${run.user}, ${formatMoment(run.time, now)}`
  const outcome = lastOutcome?.run === run.run ? lastOutcome : undefined
  if (outcome?.outcome === 'succeeded') return `${style.paint('green', `${style.done} succeeded`)}: ${what}`
  if (outcome?.outcome === 'superseded') return `${style.paint('green', `${style.done} superseded`)}: ${what}`
  if (outcome) return `${style.paint('red', `${style.failed} ${outcomeWords(outcome)}`)}: ${what}`
  if (goesOn(run.run, status)) return `${style.paint('yellow', 'running')}: ${what}`
  return `${style.paint('red', `${style.failed} interrupted`)}: ${what}`
}

function goesOn(run: string, status: EventOf<'status'> | undefined): boolean {
  return status?.lock === 'held' && status.holder?.run === run
}

function outcomeWords(event: OutcomeEvent): string {
  const back = wentBackWords(event)
  return `${howWords(event)}${back && `, ${back}`}`
}

function howWords(event: OutcomeEvent): string {
  const { outcome, status, limitSeconds, reason, by } = event
  const where = `${by === undefined ? '' : ` by ${by}`}${stoppedWords(event)}`
  if (reason === 'ref-not-found')
    return `${outcome}${where}, no such branch or tag, or the commit is not on it`
  if (reason === 'log-full') return `${outcome}${where}, the log was full`
  if (reason === 'storage') return `${outcome}${where}, the disk was full`
  if (outcome === 'timed-out')
    return `out of time${where}${limitSeconds === undefined ? '' : ` (${limitSeconds} s)`}`
  return `${outcome}${where}${status === undefined ? '' : ` with status ${status}`}`
}

function formatLock({ lock, holder }: EventOf<'status'>): string {
  if (lock === 'free') return 'free'
  if (lock === 'busy') return `free, but ${busyWords(holder)}`
  return holder ? holderWords(holder) : 'held'
}
