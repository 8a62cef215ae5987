// What GitHub is told at the end of a deploy besides its log: an error for each failure, a summary of the job's step, and outputs for
// later steps. GitLab has nothing like these.

import { appendFileSync } from 'node:fs'
import { isNotNeeded, isSuperseded } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { ciSystem } from '../../words/ci-system.ts'
import { annotation } from '../output/ci-marks.ts'
import { chooseStyle } from '../output/style.ts'
import type { HostRecord } from '../record/host-record.ts'
import type { FaceOptions } from './face.ts'
import { commitOf } from './failures.ts'
import { type CiSummary, formatStepSummary } from './step-summary.ts'
import { badEnd, failureHeads, whatWords } from './summary.ts'

/** GitHub shows no more errors of one step. */
const MAX_ANNOTATIONS = 10

/** Tells it. A file that can't be written is no reason for a deploy to fail. */
export function endInCi(summary: Omit<CiSummary, 'style'>, options: FaceOptions): void {
  const { stdout, env } = options
  if (ciSystem(env) !== 'github') return
  // no colours: what is read there is no terminal
  const style = { ...chooseStyle(stdout, { ...env, LC_ALL: 'C.UTF-8' }), colour: false, paint: plain }
  const { plan, records } = summary
  const title = `${plan.app}: ${whatWords(plan, records)} ${badEnd(records)}`
  const heads = failureHeads(records, style)
  stdout.write(
    heads
      .slice(0, MAX_ANNOTATIONS)
      .map((message) => annotation({ title, message }, env))
      .join(''),
  )
  append(env.GITHUB_STEP_SUMMARY, formatStepSummary({ ...summary, style }, env))
  append(env.GITHUB_OUTPUT, renderOutputs(records, options.site))
}

function plain(_: string, text: string): string {
  return text
}

/** `NAME=VALUE` a line: the run, the commit that is live if that is one, whether a run was needed, and where people see it. */
function renderOutputs(records: readonly HostRecord[], site: string | undefined): string {
  const isFailed = records.some(({ ended }) => ended?.error)
  const outputs = {
    run: common(records.map(({ run }) => run?.run)),
    commit: isFailed ? undefined : common(records.map(liveOf)),
    deployed: isFailed ? undefined : String(records.some(hasRun)),
    url: site,
  }
  return Object.entries(outputs)
    .flatMap(([name, value]) => (value ? [`${name}=${cleanLine(value)}\n`] : []))
    .join('')
}

/** What the run has left live. */
function liveOf(record: HostRecord): string | undefined {
  const { ended } = record
  if (ended?.isUnchanged) return ended.live?.commit
  return ended && isSuperseded(ended) ? ended.outcome?.live?.commit : commitOf(record)
}

/** A run has put its commit there. */
function hasRun({ ended }: HostRecord): boolean {
  return ended !== undefined && !isSuperseded(ended) && !isNotNeeded(ended)
}

/** Of those that are known. */
function common(values: readonly (string | undefined)[]): string | undefined {
  const [only, ...others] = new Set(values.filter((value) => value))
  return others.length === 0 ? only : undefined
}

function append(file: string | undefined, text: string): void {
  if (!file || text === '') return
  try {
    appendFileSync(file, text)
  } catch {
    // the log has said all of it
  }
}
