// What hosts tell of one run, put together for its report: each host with its steps on one clock, and what a failed step printed.
import { defined } from '../../defined.ts'
import type { RunReport } from '../../json/lines.ts'
import type { EventOf, OutcomeEvent, PlannedStep, RunEvent } from '../../protocol/event.ts'
import type { Progress } from '../../results/progress.ts'
import { SafeLines } from '../../safe-text/safe-lines.ts'
import { stoppedWords, supersededWords, wentBackWords } from '../../words/ending.ts'
import { LineRing } from '../record/line-ring.ts'

export type ReportedHost = RunReport['hosts'][number]
export type ReportedStep = ReportedHost['steps'][number]
type Working<Thing> = { -readonly [Key in keyof Thing]: Thing[Key] }

/** Beyond what a plan may have; a host that makes steps up is not to fill the memory. */
const MAX_STEPS = 128
/** What a person reads of a failure. */
const OUTPUT_LINES = 60
/** A host tells whole seconds: within one, a step may have begun at any time. */
const SECOND_MS = 1000

/** Collects what one host tells. */
export class RunCollector {
  readonly #host: string
  #run: (RunEvent & { time: string }) | undefined
  #outcome: (OutcomeEvent & { time: string }) | undefined
  #commit: string | undefined
  readonly #steps: Working<ReportedStep>[] = []
  #current: Working<ReportedStep> | undefined
  /** where the last step ended, or the run began; as all times here in ms since 1970, by the host's clock */
  #at = 0
  #safe = new SafeLines({ colour: false })
  #lines = new LineRing(OUTPUT_LINES)
  #failed: string[] | undefined

  constructor(host: string) {
    this.#host = host
  }

  take(progress: Progress): void {
    if (progress.type === 'output') this.#lines.push(this.#safe.push(progress.bytes))
    if (progress.type !== 'event') return
    const { event } = progress
    if (event.event === 'run') this.#begin(event)
    else if (event.event === 'step') this.#step(event)
    else if (event.event === 'commit') this.#commit = event.commit
    else if (event.event === 'outcome') {
      this.#outcome = event
      this.#at = momentOf(event.time, this.#at)
    }
  }

  /**
   * What it has told, once nothing more comes.
   * @param startMs since 1970: all times are counted from it
   * @param isRunning as its history says
   */
  report(startMs: number, isRunning: boolean): ReportedHost {
    if (this.#current && !isRunning) {
      this.#current.state = 'unfinished'
      this.#failed ??= this.#flush()
    }
    const outcome = this.#outcome
    const state = outcome?.outcome ?? (isRunning ? 'running' : 'unknown')
    const commit = outcome?.commit ?? this.#commit ?? this.#run?.commit
    return {
      host: this.#host,
      state,
      steps: this.#steps.map((step) => (step.at === undefined ? step : { ...step, at: step.at - startMs })),
      ...defined({
        at: this.#run && Date.parse(this.#run.time) - startMs,
        end: outcome && this.#at - startMs,
        before: this.#run?.live?.commit,
        commit,
        words: wordsOf(outcome),
        output: this.#failed,
      }),
    }
  }

  /** What is the same on all hosts. */
  get run(): (RunEvent & { time: string }) | undefined {
    return this.#run
  }

  #begin(run: RunEvent & { time: string }): void {
    if (this.#run) return
    this.#run = run
    this.#at = Date.parse(run.time)
    for (const planned of (run.steps ?? []).slice(0, MAX_STEPS)) this.#steps.push(asPlanned(planned))
  }

  #step(event: EventOf<'step'> & { time: string }): void {
    let step = this.#steps.find(({ name }) => name === event.name)
    if (!step && this.#steps.length < MAX_STEPS) {
      step = asPlanned({ name: event.name, phase: 'publish' })
      this.#steps.push(step)
    }
    if (!step) return
    const lines = this.#flush()
    const now = momentOf(event.time, this.#at)
    if (event.state === 'skipped') Object.assign(step, { state: 'skipped', reason: event.reason })
    else if (event.state === 'retrying') step.attempts = event.attempt + 1
    else if (event.state === 'started') {
      Object.assign(step, { state: 'running', at: now })
      this.#current = step
      this.#at = now
    } else {
      const { status, ms, limitSeconds } = event
      Object.assign(step, {
        state: status === 0 ? 'done' : 'failed',
        status,
        ms,
        ...defined({ limitSeconds }),
      })
      if (status !== 0) this.#failed ??= lines
      this.#at = momentOf(event.time, (step.at ?? this.#at) + ms)
      this.#current = undefined
    }
  }

  /** The lines since the last event. */
  #flush(): string[] {
    this.#lines.push(this.#safe.end())
    const lines = this.#lines.tail(OUTPUT_LINES)
    // a sequence that a step left open is not to swallow the next one's output
    this.#safe = new SafeLines({ colour: false })
    this.#lines = new LineRing(OUTPUT_LINES)
    return lines
  }
}

/** A moment of the host: within its second as near as can be to where it must be. */
function momentOf(time: string, near: number): number {
  const second = Date.parse(time)
  return Math.min(Math.max(near, second), second + SECOND_MS - 1)
}

function asPlanned({ name, phase, skipped }: PlannedStep): Working<ReportedStep> {
  return { name, phase, state: skipped ? 'skipped' : 'waiting', ...defined({ reason: skipped }) }
}

/** Says what became of it where it is not what was wanted. */
function wordsOf(outcome: OutcomeEvent | undefined): string | undefined {
  if (!outcome || outcome.outcome === 'succeeded') return undefined
  const { status, limitSeconds, by, reason } = outcome
  const how = [
    `${outcome.outcome}${stoppedWords(outcome)}`,
    ...(by === undefined ? [] : [`by ${by}`]),
    ...(limitSeconds !== undefined && outcome.outcome === 'timed-out' ? [`after ${limitSeconds} s`] : []),
    ...(status === undefined ? [] : [`with status ${status}`]),
    ...(reason === undefined ? [] : [`(${reason})`]),
  ].join(' ')
  return [how, supersededWords(outcome), wentBackWords(outcome)].filter((words) => words !== '').join('; ')
}
