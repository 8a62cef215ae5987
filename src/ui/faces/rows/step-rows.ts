// What the terminal's rows say. Rows are steps, never hosts: with many hosts a row counts them. Pure, made anew for each
// painting from what is known of the hosts.

import { isNotNeeded } from '../../../results/progress.ts'
import { cleanLines } from '../../../safe-text/clean-text.ts'
import { lostWords } from '../../../words/connection.ts'
import { formatDuration, formatSeconds } from '../../../words/duration.ts'
import { waitWords } from '../../../words/holder.ts'
import type { Style } from '../../output/style.ts'
import { gateWords } from '../../record/gate-words.ts'
import type { HostRecord } from '../../record/host-record.ts'
import type { StepRecord } from '../../record/step-record.ts'
import { foldHosts } from '../../views/fold-hosts.ts'
import { failureWords } from '../step-words.ts'
import { lockWords } from './lock-words.ts'
import { undoneWords } from './undone-words.ts'

/** One row, in columns; a settled one no longer changes. */
export type Row = {
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped' | 'total'
  name: string
  /** of several hosts */
  count?: string
  time?: string
  note?: string
  settled: boolean
}

/** What a row is made of. */
export type RowSource = {
  records: readonly HostRecord[]
  /** the host that spoke last in this step */
  latest?: HostRecord | undefined
  /** on this machine's clock */
  nowMs: number
  style: Style
}

/** Makes the first row: the way to the hosts. */
export function connectRow({ records, style }: RowSource): Row {
  const reached = records.filter(({ isReached }) => isReached)
  const failed = records.filter((record) => record.ended && !record.isReached)
  const settled = reached.length + failed.length === records.length
  const lost = records.filter((record) => record.isLost && !hasBegun(record) && !record.ended)
  const [first] = records
  const started = records.some((record) => record.state !== 'waiting')
  const row: Row = { state: stateOf({ settled, failed: failed.length, started }), name: 'connect', settled }
  if (records.length === 1) {
    if (failed.length > 0) row.note = style.paint('red', whyEnded(first))
    else if (lost.length > 0) row.note = style.paint('yellow', lostWords(false))
    else if (first && started) row.note = style.paint('dim', first.host)
    return row
  }
  if (!started) return row
  return {
    ...row,
    count: count(reached.length, failed.length, { records, style }),
    note: lostNote(lost, style),
  }
}

/** Makes the row between connecting and the first step, where a host has not begun the run: what keeps it, and no more. */
export function gateRow({ records, style }: RowSource): Row | undefined {
  const waits = records.filter((record) => waitWords(record) !== '' && !hasBegun(record) && !record.ended)
  const refused = records.filter(
    (record) => record.isReached && record.ended && !hasBegun(record) && !isReady(record),
  )
  if (waits.length > 0)
    return { state: 'running', name: 'lock', note: style.paint('dim', lockWords(waits)), settled: false }
  if (refused.length === 0) return undefined
  const { name, note } = gateWords(refused.map(({ refusal }) => refusal))
  const text = style.paint('red', note)
  const number = records.length === 1 ? {} : { count: `${refused.length}/${records.length} hosts` }
  return { state: 'failed', name, ...number, note: text, settled: true }
}

/** It was ready, or needed nothing. */
function isReady({ ended }: HostRecord): boolean {
  return ended !== undefined && (ended.error?.kind === 'held-back' || isNotNeeded(ended))
}

/** Makes the row of a step. */
export function stepRow(name: string, { records, latest, nowMs, style }: RowSource): Row {
  const { done, skipped, broken, unfinished, running, blamed, over } = countSteps(name, records)
  const failed = [...broken, ...unfinished, ...blamed]
  const settled = done.length + skipped.length + broken.length + unfinished.length + over === records.length

  if (settled && done.length + failed.length === 0) {
    return { state: 'skipped', name, note: undoneWords(name, records), settled }
  }
  const started = done.length + failed.length + running.length > 0
  const state = stateOf({ settled, failed: failed.length, started })
  if (!started) return { state, name, settled }

  const time = settled ? longest(done) : elapsed(running, nowMs)
  const live = latest?.current?.name === name ? liveLine(latest) : ''
  if (records.length === 1) {
    const [only] = failed
    if (!only?.step) return { state, name, time, note: style.paint('dim', settled ? '' : live), settled }
    const note = style.paint('red', failedNote(only.record, only.step))
    // what a host prints that goes back by itself
    const after = only.record.ended || only.record.current ? '' : liveLine(only.record)
    const row = { state, name, time: only.step.ms === undefined ? '' : formatDuration(only.step.ms) }
    return { ...row, note: join(note, style.paint('dim', after)), settled: settled && after === '' }
  }
  const lost = running.flatMap(({ record }) => (record.isLost ? [record] : []))
  const silent = silentNote(
    running.map(({ record }) => record),
    nowMs,
  )
  const said =
    silent === '' ? style.paint('dim', live && `${latest?.host} | ${live}`) : style.paint('yellow', silent)
  const note = join(lostNote(lost, style), settled || lost.length > 0 ? '' : said)
  return { state, name, count: count(done.length, failed.length, { records, style }), time, note, settled }
}

/** How far the hosts are in a step, looked at once: there may be a thousand of them, ten times a second. */
function countSteps(name: string, records: readonly HostRecord[]) {
  const counted = {
    done: [] as Counted[],
    skipped: [] as Counted[],
    broken: [] as Counted[],
    unfinished: [] as Counted[],
    running: [] as Counted[],
    blamed: [] as Counted[],
    over: 0,
  }
  for (const record of records) {
    const step = record.stepNamed(name)
    const state = step?.state ?? 'waiting'
    if (state !== 'waiting') counted[state === 'failed' ? 'broken' : state].push({ record, step })
    else if (record.ended) counted.over += 1
    if (step && isBlamed(record, step)) counted.blamed.push({ record, step })
  }
  return counted
}

/** After this time without a word a host is named. */
const SILENT_MS = 5000
const MAX_NAMED = 3

function silentNote(running: readonly HostRecord[], nowMs: number): string {
  const silent = running.filter(({ heardAtMs }) => nowMs - heardAtMs >= SILENT_MS)
  const since = Math.max(...silent.map(({ heardAtMs }) => heardAtMs))
  if (silent.length === 0) return ''
  const hosts =
    silent.length > MAX_NAMED ? `${silent.length} hosts` : foldHosts(silent.map(({ host }) => host))
  return `waiting for ${hosts} (silent for ${formatSeconds(Math.floor((nowMs - since) / 1000))})`
}

/** How long the step has run where it began first. */
function elapsed(running: readonly Counted[], nowMs: number): string {
  const begun = running.flatMap(({ step }) => step?.startedAtMs ?? [])
  return begun.length === 0 ? '' : formatSeconds(Math.floor((nowMs - Math.min(...begun)) / 1000))
}

type Counted = { record: HostRecord; step: StepRecord | undefined }

function stateOf(row: { settled: boolean; failed: number; started: boolean }): Row['state'] {
  if (!row.settled) return row.started ? 'running' : 'waiting'
  return row.failed > 0 ? 'failed' : 'done'
}

function count(
  done: number,
  failed: number,
  { records, style }: Pick<RowSource, 'records' | 'style'>,
): string {
  const broken = failed > 0 ? `, ${style.paint('red', `${failed} failed`)}` : ''
  return `${done}/${records.length} hosts${broken}`
}

/** Hosts that are reached for again. */
function lostNote(lost: readonly HostRecord[], style: Style): string {
  if (lost.length === 0) return ''
  return style.paint('yellow', `connection lost: ${foldHosts(lost.map(({ host }) => host))}`)
}

/** A host whose run has told something; perhaps only its steps were seen. Which ones are skipped the local recipe says before. */
function hasBegun(record: HostRecord): boolean {
  const { run, steps } = record
  return run !== undefined || steps.some(({ state }) => state !== 'waiting' && state !== 'skipped')
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
  return failureWords(step)
}

function whyEnded(record: HostRecord | undefined): string {
  return cleanLines(record?.ended?.error?.message ?? 'ended without a run')[0] ?? ''
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
  return text === '' || note === '' ? text + note : `${text}  ${note}`
}
