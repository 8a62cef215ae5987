// A deploy as Markdown, for the page of a CI job: what is live where, and a table of steps. Hosts that went alike are one.

import { COMMIT } from '../../protocol/grammar.ts'
import { isNotNeeded, isSuperseded } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { formatDuration } from '../../words/duration.ts'
import { badEndWords, notNeededWords } from '../../words/ending.ts'
import { briefCommit } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import type { HostRecord } from '../record/host-record.ts'
import type { StepRecord } from '../record/step-record.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import { commitOf } from './failures.ts'
import { failureWords, skipWords } from './step-words.ts'
import { failureLines, type Summary, whatWords } from './summary.ts'

/** More groups of hosts than a reader looks at; GitHub takes 1 MiB in all. */
const MAX_GROUPS = 40
const MAX_LINES = 200

/** ASCII that Markdown, HTML or GitHub could read as more than itself. */
const MARKUP = /[\\`*_{}[\]<>|~#&!@]/g

/** @param commits what came in place of what, as the header says it */
export type CiSummary = Summary & { commits?: string | undefined }

/** Formats the summary. */
export function formatStepSummary(summary: CiSummary, env: NodeJS.ProcessEnv): string {
  const { plan, records, style, commits = '' } = summary
  const isFailed = records.some(({ ended }) => ended?.error)
  const where = plan.environment === undefined ? '' : ` to ${plan.environment}`
  const title = `${plan.app}: ${whatWords(plan, records)}${where}`
  const run = records.find((record) => record.run)?.run
  const groups = [...Map.groupBy(records, fateOf).values()]
  const failures = failureLines({ ...summary, isPrinted: false }).slice(0, MAX_LINES)
  return [
    `### ${isFailed ? style.failed : style.done} ${escapeText(title)}`,
    '',
    ...(commits === '' ? [] : [escapeText(commits), '']),
    ...(run ? [`run ${escapeText(run.run)}, by ${escapeText(run.user)}`, ''] : []),
    ...table(groups.slice(0, MAX_GROUPS), env),
    ...(groups.length > MAX_GROUPS ? ['', `and ${groups.length - MAX_GROUPS} groups of hosts more`] : []),
    // indented, a line is code, whatever it says
    ...(failures.length > 0 ? ['', ...failures.map((line) => `    ${shortenRuns(cleanLine(line))}`)] : []),
    '',
    '',
  ].join('\n')
}

/** What hosts must have in common to be one. */
function fateOf(record: HostRecord): string {
  const steps = record.steps.map((step) => `${step.name} ${stepWords(step)}`)
  return [endWords(record), commitOf(record), record.live?.commit, ...steps].join('\n')
}

function table(groups: readonly (readonly HostRecord[])[], env: NodeJS.ProcessEnv): string[] {
  const rows = groups.flatMap((group) => {
    const [first] = group
    if (!first) return []
    const hosts = escapeText(foldHosts(group.map(({ host }) => host)))
    const ms = Math.max(...group.map(({ ended }) => ended?.outcome?.ms ?? 0))
    return [
      [`**${hosts}**`, '', timeWords(ms), `**${endWords(first)}**`, commitLink(first, env)],
      ...first.steps
        .filter(({ state }) => state !== 'waiting')
        .map((step) => ['', escapeText(step.name), timeWords(longest(group, step)), stepWords(step), '']),
    ]
  })
  return [['host', 'step', 'time', 'outcome', 'commit'], ['---', '---', '---:', '---', '---'], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  )
}

/** The time of the slowest host. */
function longest(group: readonly HostRecord[], { name }: StepRecord): number {
  return Math.max(...group.map((record) => record.stepNamed(name)?.ms ?? 0))
}

function timeWords(ms: number): string {
  return ms > 0 ? formatDuration(ms) : ''
}

function endWords({ ended, broken }: HostRecord): string {
  if (!ended) return 'unknown'
  if (isSuperseded(ended)) return 'superseded'
  if (isNotNeeded(ended)) return notNeededWords(ended)
  const { error } = ended
  if (!error) return 'deployed'
  if (error.kind === 'held-back') return 'not started'
  return broken?.isCancelled ? 'cancelled' : badEndWords(error)
}

function stepWords(step: StepRecord): string {
  switch (step.state) {
    case 'done':
      return 'done'
    case 'skipped':
      return `skipped (${skipWords(step.skipped)})`
    case 'failed':
    case 'unfinished':
      return failureWords(step)
    default:
      return step.state
  }
}

/** A link to what came, or stays where nothing changed, if the repository of the job may be the one that is deployed: to the commit, or to
 * all since what was live. */
function commitLink(record: HostRecord, { GITHUB_SERVER_URL, GITHUB_REPOSITORY }: NodeJS.ProcessEnv): string {
  const to = record.ended?.isUnchanged ? (record.ended.live?.commit ?? '') : commitOf(record)
  if (!COMMIT.test(to)) return escapeText(to)
  const live = record.live?.commit ?? ''
  const { ended } = record
  const hasCome = ended !== undefined && !ended.error && !isSuperseded(ended) && !isNotNeeded(ended)
  const from = COMMIT.test(live) && live !== to && hasCome ? live : undefined
  const words = `\`${from ? `${briefCommit(from)}..` : ''}${briefCommit(to)}\``
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY) return words
  const page = from ? `compare/${from}...${to}` : `commit/${to}`
  return `[${words}](${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/${page})`
}

function escapeText(text: string): string {
  return cleanLine(text).replaceAll(MARKUP, '\\$&')
}
