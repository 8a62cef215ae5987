// The closing lines of a deploy, the same in every face for people: where it is live, what failed and how, what was done
// and what was not, and what the reader can do.

import { isNotNeeded, isSuperseded } from '../../results/progress.ts'
import { deployWords, nameCommand } from '../../words/command.ts'
import { formatDuration } from '../../words/duration.ts'
import { supersededWords } from '../../words/ending.ts'
import { flagWords, refWords, shortCommit } from '../../words/ref.ts'
import type { Style } from '../output/style.ts'
import type { DeployPlan } from '../record/deploy-plan.ts'
import type { HostRecord } from '../record/host-record.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import { blockKey, commitOf, failureBlock, headKey, headLines, isUnknown } from './failures.ts'
import { suggestionLines } from './suggestion-lines.ts'

/** More failures that are not alike get one line each. */
const MAX_BLOCKS = 10

/** What a deploy came to, and how to say it. */
export type Summary = {
  plan: DeployPlan
  /** ended, each with its outcome */
  records: readonly HostRecord[]
  /** as the client has waited */
  ms: number
  style: Style
  /** what steps printed stands above: it is not shown again */
  isPrinted?: boolean
}

/** Makes the closing lines. */
export function summarize(summary: Summary): string[] {
  return [
    ...liveLines(summary),
    ...upToDateLines(summary),
    ...unchangedLines(summary),
    ...supersededLines(summary),
    ...failureLines(summary),
    ...stillRunningLines(summary),
  ]
}

/** Makes those about hosts that failed, and what can be done. */
export function failureLines(summary: Summary): string[] {
  const { plan, records, style, isPrinted = false } = summary
  const held = records.filter(({ ended }) => ended?.error?.kind === 'held-back')
  const failed = records.filter((record) => record.ended?.error && !held.includes(record))
  const blocks = [...Map.groupBy(failed, blockKey).values()]
  const rest = [...Map.groupBy(blocks.slice(MAX_BLOCKS).flat(), headKey).values()]
  return [
    ...blocks.slice(0, MAX_BLOCKS).flatMap((group) => failureBlock(group, { style, isPrinted, plan })),
    ...rest.flatMap((group) => headLines(group, style)),
    ...verdictLine(summary, failed, held),
    ...suggestionLines(summary, [...failed, ...held]),
  ]
}

function liveLines({ plan, records, ms, style }: Summary): string[] {
  const live = records.filter(
    ({ ended }) => ended && !ended.error && !isSuperseded(ended) && !isNotNeeded(ended),
  )
  const where = plan.environment === undefined ? '' : ` (${plan.environment})`
  const key = (record: HostRecord) =>
    `${commitOf(record)} ${hasPublished(record)} ${whatWords(plan, [record])}`
  return [...Map.groupBy(live, key).values()].map((group) => {
    const [first] = group
    const commit = first ? commitOf(first) : ''
    const what = `${plan.app}: ${whatWords(plan, group)}${commit === '' ? '' : ` (${shortCommit(commit)})`}`
    const verdict = first && !hasPublished(first) ? 'ran, and published nothing,' : 'is live'
    const text = `${what} ${verdict} on ${foldHosts(group.map(({ host }) => host))}${where}`
    return `${style.paint('green', style.done)} ${style.paint('bold', text)}${facts({ ms, group, style })}`
  })
}

/** Of hosts where nothing was begun, since the commit is live there. */
function upToDateLines({ plan, records, ms, style }: Summary): string[] {
  const group = records.filter(({ ended }) => ended?.isUpToDate)
  const [first] = group
  if (!first) return []
  const where = plan.environment === undefined ? '' : ` (${plan.environment})`
  const what = `${plan.app}: ${whatWords(plan, group)} (${shortCommit(commitOf(first))})`
  const text = `${what} is up to date on ${foldHosts(group.map(({ host }) => host))}${where}`
  return [`${style.paint('green', style.done)} ${style.paint('bold', text)}${facts({ ms, group, style })}`]
}

/** Of hosts where nothing was begun, since nothing in the app differs from what is live. */
function unchangedLines({ plan, records, ms, style }: Summary): string[] {
  const unchanged = records.filter(({ ended }) => ended?.isUnchanged)
  const where = plan.environment === undefined ? '' : ` (${plan.environment})`
  return [...Map.groupBy(unchanged, ({ ended }) => ended?.live?.commit ?? '').entries()].map(
    ([live, group]) => {
      const [first] = group
      const what = `${plan.app}: ${whatWords(plan, group)} (${shortCommit(first ? commitOf(first) : '')})`
      const text = `${what} has no changes for this app on ${foldHosts(group.map(({ host }) => host))}${where}: ${shortCommit(live)} stays live`
      return `${style.paint('green', style.done)} ${style.paint('bold', text)}${facts({ ms, group, style })}`
    },
  )
}

/** Of hosts where something newer is live, with the way to go back to what was asked for. */
function supersededLines({ plan, records, ms, style }: Summary): string[] {
  const hosts = records.filter(({ ended }) => ended && isSuperseded(ended))
  const [first] = hosts
  if (!first) return []
  const groups = Map.groupBy(hosts, ({ ended }) => (ended?.outcome ? supersededWords(ended.outcome) : ''))
  const what = `${plan.app}: ${whatWords(plan, hosts)} (${shortCommit(commitOf(first))})`
  const ref = first.run?.ref ?? plan.ref
  const words = deployWords({ ref, commit: first.run?.commit, ways: plan.ways })
  const again = `${words}${flagWords(first.run?.flags)} --back`
  return [
    ...[...groups].map(([why, group]) => {
      const text = `${what} is superseded on ${foldHosts(group.map(({ host }) => host))}: ${why}. Nothing was changed`
      return `${style.paint('green', style.done)} ${style.paint('bold', text)}${facts({ ms, group, style })}`
    }),
    `${style.paint('yellow', style.next)} To deploy the older commit all the same: ${nameCommand(again, plan.environment)}`,
  ]
}

/** One that had no publish step to run has changed nothing; of one that told of no steps nothing is known. */
function hasPublished({ steps }: HostRecord): boolean {
  return steps.length === 0 || steps.some(({ phase, state }) => phase === 'publish' && state === 'done')
}

function verdictLine(
  { plan, records, ms, style }: Summary,
  failed: readonly HostRecord[],
  held: readonly HostRecord[],
): string[] {
  if (failed.length === 0) return []
  const text = `${plan.app}: ${whatWords(plan, failed)} ${
    held.length > 0 ? heldWords(records, { failed, held }) : verdictWords(records, failed)
  }`
  return [
    `${style.paint('red', style.failed)} ${style.paint('bold', text)}${facts({ ms, group: failed, style })}`,
  ]
}

/** Nothing was begun, for the sake of those that were not ready. */
function heldWords(
  records: readonly HostRecord[],
  { failed, held }: Readonly<Record<'failed' | 'held', readonly HostRecord[]>>,
): string {
  const ready = foldHosts(held.map(({ host }) => host))
  const count = `${failed.length} of ${records.length}`
  return `was started nowhere: ${count} hosts ${failed.length === 1 ? 'is' : 'are'} not ready; ready: ${ready}`
}

function verdictWords(records: readonly HostRecord[], failed: readonly HostRecord[]): string {
  const count = (some: readonly HostRecord[]) =>
    records.length === 1 ? records[0]?.host : `${some.length} of ${records.length} hosts`
  const ended = Map.groupBy(failed, (record) =>
    isUnknown(record) ? 'may or may not be live' : isCancelled(record) ? 'was cancelled' : 'failed',
  )
  return (['failed', 'was cancelled', 'may or may not be live'] as const)
    .flatMap((words) => (ended.has(words) ? [`${words} on ${count(ended.get(words) ?? [])}`] : []))
    .join(', and ')
}

/** A person or a signal ended it. */
function isCancelled({ ended }: HostRecord): boolean {
  return ended?.error?.kind === 'cancelled'
}

/** What became of a deploy that is not live everywhere, in one word: for a title. */
export function badEnd(records: readonly HostRecord[]): string {
  const bad = records.filter(({ ended }) => ended?.error && ended.error.kind !== 'held-back')
  return bad.length > 0 && bad.every(isCancelled) ? 'cancelled' : 'failed'
}

/** Makes the head of each failure that is not like another one, without a sign. */
export function failureHeads(records: readonly HostRecord[], style: Style): string[] {
  const failed = records.filter(({ ended }) => ended?.error && ended.error.kind !== 'held-back')
  return [...Map.groupBy(failed, headKey).values()].map((group) =>
    headLines(group, { ...style, failed: '' })
      .join('\n')
      .trimStart(),
  )
}

/** What the hosts say that they run counts before what was asked; where they differ, none speaks for the others. */
export function whatWords(plan: DeployPlan, group: readonly HostRecord[]): string {
  const asked = plan.ref && refWords(plan.ref)
  const said = new Set(group.flatMap(({ run }) => (run ? [refWords(run.ref)] : [])))
  if (said.size > 1) return asked ?? 'the run'
  return [...said][0] ?? asked ?? 'the rollback'
}

function facts({ ms, group, style }: { ms: number; group: readonly HostRecord[]; style: Style }): string {
  const run = group.find((record) => record.run)?.run?.run
  // the hosts' own time is that of the whole run, also for who came later
  const runMs = group.flatMap(({ ended }) => ended?.outcome?.ms ?? [])
  const words = [
    formatDuration(runMs.length === 0 ? ms : Math.max(...runMs)),
    ...(run === undefined ? [] : [`run ${run}`]),
  ]
  return style.paint('dim', words.map((word) => `  ${style.dot}  ${word}`).join(''))
}

/** What steps started and did not end: told, since nobody else looks after it. */
function stillRunningLines({ records, style }: Summary): string[] {
  const all = records.flatMap(({ host, left }) => left.map((process) => ({ host, ...process })))
  const groups = Map.groupBy(all, ({ command, user }) => `${command}, as ${user}`)
  return [...groups].map(([what, group]) => {
    const hosts = foldHosts([...new Set(group.map(({ host }) => host))])
    const pids = group.map(({ pid }) => pid)
    const numbers = records.length === 1 ? ` (process ${pids.join(', ')})` : ''
    // not the sign of a hint: a command that a host names is nothing to copy
    return `${style.paint('yellow', '!')} Started by a step and still running on ${hosts}: ${what}${numbers}. It can no longer write to the log.`
  })
}
