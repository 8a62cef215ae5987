// What the terminal's rows say. Rows are steps, never hosts: with many hosts a row counts them. Pure, made anew for each
// painting from what is known of the hosts.

import { cleanLines } from '../../safe-text/clean-text.ts'
import { lostWords } from '../../words/connection.ts'
import { formatDuration } from '../../words/duration.ts'
import { holderWords } from '../../words/holder.ts'
import type { Style } from '../output/style.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import type { HostRecord } from './host-record.ts'
import type { StepRecord } from './step-record.ts'
import { afterWords, failureWords, skipWords } from './step-words.ts'

/** One row; a settled one does not change any more. */
export type Row = {
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
  text: string
  settled: boolean
}

/** What a row is made of. */
export type RowSource = {
  records: readonly HostRecord[]
  /** the host that spoke last in this step */
  latest?: HostRecord | undefined
  style: Style
}

/** Makes the row before the steps': the way to the hosts, until their runs have begun. */
export function connectRow({ records, style }: RowSource): Row {
  const reached = records.filter(hasBegun)
  const failed = records.filter((record) => record.ended && !hasBegun(record))
  const settled = reached.length + failed.length === records.length
  const waits = records.find((record) => record.holder && !hasBegun(record) && !record.ended)
  const lost = records.filter((record) => record.isLost && !hasBegun(record) && !record.ended)
  const [first] = records
  let note = waits?.holder ? style.paint('dim', `the lock is ${holderWords(waits.holder)}`) : ''
  let text = 'connect'
  if (records.length === 1) {
    if (failed.length > 0) note = style.paint('red', whyEnded(first))
    else if (lost.length > 0) note = style.paint('yellow', lostWords(false))
    else if (note === '' && first && first.state !== 'waiting') note = style.paint('dim', first.host)
  } else if (reached.length + failed.length > 0 || records.some(({ state }) => state !== 'waiting')) {
    const refused = failed.filter(({ isRefused }) => isRefused).length
    text +=
      count(reached.length, failed.length - refused, { records, style, refused }) + lostNote(lost, style)
  }
  const started = records.some((record) => record.state !== 'waiting')
  return { state: stateOf({ settled, failed: failed.length, started }), text: join(text, note), settled }
}

/** Makes the row of a step. */
export function stepRow(name: string, { records, latest, style }: RowSource): Row {
  const steps = records.map((record) => ({ record, step: record.stepNamed(name) }))
  const of = (state: StepRecord['state']) => steps.filter(({ step }) => step?.state === state)
  const done = of('done')
  const skipped = of('skipped')
  const blamed = steps.filter(({ record, step }) => step && isBlamed(record, step))
  const failed = [...of('failed'), ...of('unfinished'), ...blamed]
  const running = of('running')
  const over = steps.filter(({ record, step }) => record.ended && (!step || step.state === 'waiting'))
  const settled =
    done.length + skipped.length + of('failed').length + of('unfinished').length + over.length ===
    records.length

  if (settled && done.length + failed.length === 0) {
    const [first] = skipped
    const why = first ? skipWords(first.step?.skipped) : leftWords(records)
    return { state: 'skipped', text: style.paint('dim', join(name, why)), settled }
  }
  const started = done.length + failed.length + running.length > 0
  const state = stateOf({ settled, failed: failed.length, started })
  if (!started) return { state, text: name, settled }

  const live = latest?.current?.name === name ? liveLine(latest) : ''
  if (records.length === 1) {
    const [only] = failed
    if (only?.step) {
      const note = style.paint('red', failedNote(only.record, only.step))
      // what a host prints that goes back by itself
      const after = only.record.ended || only.record.current ? '' : liveLine(only.record)
      return {
        state,
        text: join(join(name, note), style.paint('dim', after)),
        settled: settled && after === '',
      }
    }
    return { state, text: join(name, style.paint('dim', settled ? longest(done) : live)), settled }
  }
  const lost = running.flatMap(({ record }) => (record.isLost ? [record] : []))
  const counted = name + count(done.length, failed.length, { records, style }) + lostNote(lost, style)
  const note = settled ? longest(done) : live && `${latest?.host} | ${live}`
  return { state, text: join(counted, style.paint('dim', note)), settled }
}

type Counted = { record: HostRecord; step: StepRecord | undefined }

function stateOf(row: { settled: boolean; failed: number; started: boolean }): Row['state'] {
  if (!row.settled) return row.started ? 'running' : 'waiting'
  return row.failed > 0 ? 'failed' : 'done'
}

function count(
  done: number,
  failed: number,
  { records, style, refused = 0 }: RowSource & { refused?: number },
): string {
  const some = (number: number, what: string) =>
    number > 0 ? `, ${style.paint('red', `${number} ${what}`)}` : ''
  // those were reached well
  return `  ${done}/${records.length} hosts${some(refused, 'refused')}${some(failed, 'failed')}`
}

/** Hosts that are reached for again. */
function lostNote(lost: readonly HostRecord[], style: Style): string {
  if (lost.length === 0) return ''
  return `  ${style.paint('yellow', `connection lost: ${foldHosts(lost.map(({ host }) => host))}`)}`
}

/** A host whose run has told something; it may be one of which only steps were seen. */
function hasBegun(record: HostRecord): boolean {
  return record.run !== undefined || record.steps.some(({ state }) => state !== 'waiting')
}

/** A run that ended before its first step fails in that step's row. */
function isBlamed(record: HostRecord, step: StepRecord): boolean {
  return (
    record.ended?.error !== undefined &&
    record.run !== undefined &&
    step === record.steps.find(({ state }) => state !== 'skipped') &&
    step.state === 'waiting'
  )
}

function failedNote(record: HostRecord, step: StepRecord): string {
  if (step.state === 'waiting') return whyEnded(record)
  return failureWords(step) + afterWords(step)
}

function whyEnded(record: HostRecord | undefined): string {
  return cleanLines(record?.ended?.error?.message ?? 'ended without a run')[0] ?? ''
}

/** Why a step never began: nobody knows that when the host was lost. */
function leftWords(records: readonly HostRecord[]): string {
  return records.some(({ ended }) => ended?.error?.exitCode === 76) ? 'not known' : 'did not run'
}

function longest(done: readonly Counted[]): string {
  const ms = Math.max(-1, ...done.map(({ step }) => step?.ms ?? -1))
  return ms < 0 ? '' : formatDuration(ms)
}

/** Wider than any terminal that shows rows: what is beyond need not be measured. */
const MAX_LIVE_CHARACTERS = 500

function liveLine(record: HostRecord): string {
  return record.lastLine
    .slice(0, 4 * MAX_LIVE_CHARACTERS)
    .replaceAll(/\x1b\[[0-9;]*(?:m|$)/g, '')
    .replaceAll('\t', ' ')
    .slice(0, MAX_LIVE_CHARACTERS)
    .toWellFormed()
}

function join(text: string, note: string): string {
  return note === '' ? text : `${text}  ${note}`
}
