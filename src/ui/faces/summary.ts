// The closing lines of a deploy, the same in every face for people: where it is live, what failed and how, what was done
// and what was not, and what the reader can do.

import type { ShipitError } from '../../errors.ts'
import type { OutcomeEvent } from '../../protocol/event.ts'
import { cleanLines } from '../../safe-text/clean-text.ts'
import { formatDuration } from '../../words/duration.ts'
import { wentBackWords } from '../../words/ending.ts'
import { refWords, shortCommit } from '../../words/ref.ts'
import type { Style } from '../output/style.ts'
import { anonymous } from '../views/anonymous.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import type { DeployPlan } from './face.ts'
import type { HostRecord } from './host-record.ts'
import type { StepRecord } from './step-record.ts'
import { afterWords, failureWords } from './step-words.ts'
import { suggestionLines } from './suggestion-lines.ts'

/** Of a failed step's output. */
const SHOWN_LINES = 10
/** More failures that are not alike get one line each. */
const MAX_BLOCKS = 10

/** The verdict is not known: InterruptedError, ProtocolError, UnknownVerdictError. */
const UNKNOWN = 76
/** Of errors that come before anything is done: not reached, locked, refused, another recipe. */
const NOTHING_DONE = [69, 75, 77, 78]

type Summary = {
  plan: DeployPlan
  /** ended, each with its outcome */
  records: readonly HostRecord[]
  /** as the client has waited */
  ms: number
  style: Style
}

/** Makes the closing lines. */
export function summarize(summary: Summary): string[] {
  const { records, style } = summary
  const failed = records.filter(({ ended }) => ended?.error)
  const blocks = [...Map.groupBy(failed, blockKey).values()]
  const rest = [...Map.groupBy(blocks.slice(MAX_BLOCKS).flat(), headKey).values()]
  return [
    ...liveLines(summary),
    ...blocks.slice(0, MAX_BLOCKS).flatMap((group) => failureBlock(group, style)),
    ...rest.flatMap((group) => headLines(group, style)),
    ...verdictLine(summary, failed),
    ...stillRunningLines(summary),
    ...suggestionLines(summary, failed),
  ]
}

function liveLines({ plan, records, ms, style }: Summary): string[] {
  const live = records.filter(({ ended }) => ended && !ended.error)
  const where = plan.environment === undefined ? '' : ` (${plan.environment})`
  const key = (record: HostRecord) =>
    `${commitOf(record)} ${hasPublished(record)} ${whatWords(plan, [record])}`
  return [...Map.groupBy(live, key).values()].map((group) => {
    const [first] = group
    const commit = first ? commitOf(first) : ''
    const what = `${plan.app}: ${whatWords(plan, group)}${commit === '' ? '' : ` (${shortCommit(commit)})`}`
    const verdict = first && !hasPublished(first) ? 'was run, and published nothing,' : 'is live'
    const text = `${what} ${verdict} on ${foldHosts(group.map(({ host }) => host))}${where}`
    return `${style.paint('green', style.done)} ${style.paint('bold', text)}${facts({ ms, group, style })}`
  })
}

/** One that had no publish step to run has changed nothing; of one that told of no steps nothing is known. */
function hasPublished({ steps }: HostRecord): boolean {
  return steps.length === 0 || steps.some(({ phase, state }) => phase === 'publish' && state === 'done')
}

function verdictLine({ plan, records, ms, style }: Summary, failed: readonly HostRecord[]): string[] {
  if (failed.length === 0) return []
  const text = `${plan.app}: ${whatWords(plan, failed)} ${verdictWords(records, failed)}`
  return [
    `${style.paint('red', style.failed)} ${style.paint('bold', text)}${facts({ ms, group: failed, style })}`,
  ]
}

function verdictWords(records: readonly HostRecord[], failed: readonly HostRecord[]): string {
  const count = (some: readonly HostRecord[]) =>
    records.length === 1 ? records[0]?.host : `${some.length} of ${records.length} hosts`
  const known = failed.filter((record) => !isUnknown(record))
  const unknown = failed.filter(isUnknown)
  const words = known.length === 0 ? [] : [`did not succeed on ${count(known)}`]
  if (unknown.length > 0) words.push(`may or may not be live on ${count(unknown)}`)
  return words.join(', and ')
}

/** What the hosts say that they run counts before what was asked; where they differ, none speaks for the others. */
function whatWords(plan: DeployPlan, group: readonly HostRecord[]): string {
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
    return `${style.paint('yellow', style.next)} Started by a step and still running on ${hosts}: ${what}${numbers}. It can write to the log no longer.`
  })
}

function commitOf(record: HostRecord): string {
  return record.ended?.commit ?? record.commit ?? ''
}

/** All hosts of a group failed alike; what is shown is the first one's. */
function failureBlock(group: readonly HostRecord[], style: Style): string[] {
  const [record] = group
  if (!record) return []
  const shown = record.output.tail(SHOWN_LINES)
  const earlier = record.output.seen - shown.length
  return [
    ...headLines(group, style),
    ...(shown.length > 0 && earlier > 0
      ? [style.paint('dim', `  (${earlier} earlier ${earlier === 1 ? 'line' : 'lines'})`)]
      : []),
    ...shown.map((line) => `  ${style.paint('dim', `${record.host} |`)} ${line}`),
    ...doneLines(record).map((line) => `  ${line}`),
  ]
}

function headLines(group: readonly HostRecord[], style: Style): string[] {
  const [record] = group
  const error = record?.ended?.error
  if (!record || !error) return []
  const hosts = foldHosts(group.map(({ host }) => host))
  const [head = '', ...more] = reasonLines(record, error)
  const alone = group.length === 1
  const step = failedStep(record)
  const after = alone && step ? afterWords(step) : ''
  const asOf = !alone && head.includes(record.host) ? `  (as ${record.host} has it)` : ''
  return [
    `${style.paint('red', `${style.failed} ${hosts}`)}: ${head}${after}${asOf}`,
    ...more.map((line) => `  ${line}`),
  ]
}

function reasonLines(record: HostRecord, error: ShipitError): string[] {
  const step = failedStep(record)
  if (step) return [`${step.name} ${failureWords(step)}`]
  return cleanLines(error.message)
}

/** The step whose end says all; other errors say it better themselves. */
function failedStep({ ended, broken }: HostRecord): StepRecord | undefined {
  const outcome = ended?.outcome
  const isStep =
    (outcome?.outcome === 'failed' || outcome?.outcome === 'timed-out') && outcome.reason === undefined
  return isStep && broken?.state === 'failed' ? broken : undefined
}

/** What was and what was not done. */
function doneLines(record: HostRecord): string[] {
  const { steps, broken } = record
  const done = steps.filter(({ state }) => state === 'done')
  const left = steps.filter(({ state }) => state === 'waiting')
  const exitCode = record.ended?.error?.exitCode ?? 0
  if (done.length === 0 && !broken) {
    if (isUnknown(record)) return ['it is not known which steps ran']
    return NOTHING_DONE.includes(exitCode) ? ['no step was run'] : []
  }
  const error = record.ended?.error
  // the message of such an error has said it
  if (error?.details?.left !== undefined && !failedStep(record)) return []
  const { back, tried } = record.ended?.outcome ?? {}
  const published = done.filter((step) => isSync(step) && step.phase === 'publish')
  const isThere = back === undefined && tried === undefined
  const commit = commitOf(record)
  return [
    ...(done.length > 0 ? [`done: ${names(done)}`] : []),
    ...(left.length > 0
      ? [`${isUnknown(record) ? 'not known to have run' : 'not run'}: ${names(left)}`]
      : []),
    ...(isThere && !isUnknown(record) && commit !== ''
      ? published.map((step) => `${targetOf(step)} is at ${shortCommit(commit)}`)
      : []),
    ...(isThere && broken && changes(broken) ? [`${targetOf(broken)} may be partly new`] : []),
    ...backLines(record.ended?.outcome),
  ]
}

/** How far a host came that went back by itself. */
function backLines(outcome: OutcomeEvent | undefined): string[] {
  if (outcome?.back === undefined && outcome?.tried === undefined) return []
  return [
    `the host ${wentBackWords(outcome)}`,
    ...(outcome.back === undefined ? ['what is live may be partly the one and partly the other'] : []),
  ]
}

/** Nobody has told how the run ended. */
function isUnknown({ ended }: HostRecord): boolean {
  return ended?.error?.exitCode === UNKNOWN && ended.outcome?.outcome !== 'interrupted'
}

function names(steps: readonly StepRecord[]): string {
  return steps.map(({ name }) => name).join(', ')
}

/** How the name of an rsync step begins, if it was given none. */
const SYNC = 'rsync '

/** A check only looks; of one whose recipe is not known its name tells. */
function changes({ name, phase, to }: StepRecord): boolean {
  return phase === 'publish' && to !== null && !name.startsWith('check ')
}

function isSync({ name, to }: StepRecord): boolean {
  return typeof to === 'string' || name.startsWith(SYNC)
}

function targetOf(step: StepRecord): string {
  return step.to ?? `what '${step.name}' ${isSync(step) ? 'writes' : 'changes'}`
}

function headKey(record: HostRecord): string {
  const error = record.ended?.error
  return error ? anonymous(record, [error.code, ...reasonLines(record, error)].join('\n')) : ''
}

function blockKey(record: HostRecord): string {
  const output = record.output.tail(SHOWN_LINES)
  return [headKey(record), anonymous(record, [...output, ...doneLines(record)].join('\n'))].join('\n')
}
