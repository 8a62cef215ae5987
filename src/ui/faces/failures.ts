// What the closing lines of a deploy say of hosts that failed: how, the last lines of output, what was done and what was not.

import type { ShipitError } from '../../errors.ts'
import type { OutcomeEvent } from '../../protocol/event.ts'
import { cleanLines } from '../../safe-text/clean-text.ts'
import { nameCommand, nameEnvironment } from '../../words/command.ts'
import { wentBackWords } from '../../words/ending.ts'
import { shortCommit } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Style } from '../output/style.ts'
import { textWidth } from '../output/text-width.ts'
import type { DeployPlan } from '../record/deploy-plan.ts'
import type { HostRecord } from '../record/host-record.ts'
import type { StepRecord } from '../record/step-record.ts'
import { anonymous, withoutHost } from '../views/anonymous.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import { afterWords, failureWords } from './step-words.ts'

/** Of a failed step's output. */
const SHOWN_LINES = 10

/** All hosts of a group failed alike; what is shown is the first one's. */
export function failureBlock(
  group: readonly HostRecord[],
  { style, isPrinted, plan }: { style: Style; isPrinted: boolean; plan: DeployPlan },
): string[] {
  const [record] = group
  if (!record) return []
  const isTold = isPrinted || record.ended?.outcome?.reason === 'ref-not-found'
  const shown = isTold ? [] : record.output.tail(SHOWN_LINES)
  const earlier = record.output.seen - shown.length
  return [
    ...headLines(group, style),
    ...(shown.length > 0 && earlier > 0 ? [style.paint('dim', earlierLine(earlier, record, plan))] : []),
    ...shown.map((line) => `  ${style.paint('dim', `${record.host} |`)} ${line}`),
    ...doneLines(record).map((line) => `  ${line}`),
  ]
}

/** A command to copy is not to be wrapped on a usual terminal. */
const USUAL_COLUMNS = 80

/** Counts the lines that are not shown, and names the command that shows them, as exactly as a line has room for. */
function earlierLine(count: number, { host, run, broken }: HostRecord, plan: DeployPlan): string {
  const all = plan.environment
  const one = all !== undefined && plan.hosts.length > 1 ? nameEnvironment(all, [host]) : all
  const log = `log --run ${shortenRuns(run?.run ?? '')}`
  const step = broken ? ` --step ${shellWord(broken.name)}` : ''
  const ways = run ? [nameCommand(log + step, one), nameCommand(log + step, all), nameCommand(log, all)] : []
  const words = `  (${count} earlier ${count === 1 ? 'line' : 'lines'}`
  return (
    ways.map((way) => `${words}: ${way})`).find((line) => textWidth(line) <= USUAL_COLUMNS) ?? `${words})`
  )
}

export function headLines(group: readonly HostRecord[], style: Style): string[] {
  const [record] = group
  const error = record?.ended?.error
  if (!record || !error) return []
  const hosts = group.map(({ host }) => host)
  const [head = '', ...more] = reasonLines(record, error)
  const step = failedStep(record)
  const after = group.length === 1 && step ? afterWords(step) : ''
  return [
    `${style.paint('red', `${style.failed} ${foldHosts(hosts)}`)}: ${withoutHost(hosts, head)}${after}`,
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
  const error = record.ended?.error
  if (done.length === 0 && !broken) {
    if (isUnknown(record)) return ['unknown which steps ran']
    return error?.isBeforeAll ? ['no step ran'] : []
  }
  // the message of such an error has said it
  if (error?.details?.left !== undefined && !failedStep(record)) return []
  const { back, tried } = record.ended?.outcome ?? {}
  const published = done.filter((step) => isSync(step) && step.phase === 'publish')
  const isThere = back === undefined && tried === undefined
  const commit = commitOf(record)
  return [
    ...(done.length > 0 ? [`done: ${names(done)}`] : []),
    ...(left.length > 0 ? [`${isUnknown(record) ? 'may not have run' : 'not run'}: ${names(left)}`] : []),
    ...(isThere && !isUnknown(record) && commit !== ''
      ? published.map((step) => `${targetOf(step)} is at ${shortCommit(commit)}`)
      : []),
    ...(isThere && broken && changes(broken) ? [halfDone(broken)] : []),
    ...backLines(record.ended?.outcome),
  ]
}

/** How far a host came that went back by itself. */
function backLines(outcome: OutcomeEvent | undefined): string[] {
  if (outcome?.back === undefined && outcome?.tried === undefined) return []
  return [
    `the host ${wentBackWords(outcome)}`,
    ...(outcome.back === undefined ? ['what is live may be partly of one run and partly of the other'] : []),
  ]
}

/** Nobody has told how the run ended. */
export function isUnknown({ ended }: HostRecord): boolean {
  return ended?.error?.isUnknown === true && ended.outcome?.outcome !== 'interrupted'
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

export function isSync({ name, to }: StepRecord): boolean {
  return typeof to === 'string' || name.startsWith(SYNC)
}

function halfDone(step: StepRecord): string {
  return isSync(step) ? `${targetOf(step)} may be partly updated` : `'${step.name}' may be half done`
}

function targetOf(step: StepRecord): string {
  return step.to ?? `the target of '${step.name}'`
}

export function commitOf(record: HostRecord): string {
  return record.ended?.commit ?? record.commit ?? ''
}

export function headKey(record: HostRecord): string {
  const error = record.ended?.error
  return error ? anonymous(record, [error.code, ...reasonLines(record, error)].join('\n')) : ''
}

export function blockKey(record: HostRecord): string {
  const output = record.output.tail(SHOWN_LINES)
  return [headKey(record), anonymous(record, [...output, ...doneLines(record)].join('\n'))].join('\n')
}
