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
/** What a host has told of a step; its moments are whole seconds, in ms since 1970, by the host's clock. */
type Told = Working<Omit<ReportedStep, 'at'>> & { began?: number; ended?: number }
type Working<Thing> = { -readonly [Key in keyof Thing]: Thing[Key] }

/** Beyond what a plan may have; a host that makes steps up is not to fill the memory. */
const MAX_STEPS = 128
/** What a person reads of a failure. */
const OUTPUT_LINES = 60
/** Of a line without its beginning: it may begin within a secret, which nothing would know as one. */
const NO_LINE = "shipit: the last line is longer than 512 KiB and is not shown here; 'shipit log' shows it"
/** A host tells whole seconds: within one, a step may have begun at any time. */
const SECOND_MS = 1000

/** Collects what one host tells. */
export class RunCollector {
  readonly #host: string
  #run: (RunEvent & { time: string }) | undefined
  #outcome: (OutcomeEvent & { time: string }) | undefined
  #commit: string | undefined
  readonly #steps: Told[] = []
  #current: Told | undefined
  #safe = new SafeLines({ colour: false })
  #lines = new LineRing(OUTPUT_LINES)
  /** something was left out, and no whole line came since */
  #isCut = false
  #failed: string[] | undefined

  constructor(host: string) {
    this.#host = host
  }

  take(progress: Progress): void {
    if (progress.type === 'output' && progress.bytes.length > 0) {
      this.#isCut = false
      this.#lines.push(this.#safe.push(progress.bytes))
    }
    if (progress.type !== 'event') return
    const { event } = progress
    if (event.event === 'run') this.#begin(event)
    else if (event.event === 'step') this.#step(event)
    else if (event.event === 'commit') this.#commit = event.commit
    else if (event.event === 'outcome') this.#outcome = event
  }

  /** Forgets what was printed since the last event: something is left out of the rest. */
  skip(): void {
    this.#forget()
    this.#isCut = true
  }

  #forget(): void {
    this.#isCut = false
    this.#safe = new SafeLines({ colour: false })
    this.#lines = new LineRing(OUTPUT_LINES)
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
    const { steps, end } = this.#layOut(startMs)
    return {
      host: this.#host,
      state,
      steps,
      ...defined({
        at: this.#run && this.beganMs - startMs,
        end: outcome && end,
        before: this.#run?.live?.commit,
        commit,
        words: wordsOf(outcome),
        output: this.#failed,
      }),
    }
  }

  /** When the run began: within the second that the host tells, so that it can have ended when it did. */
  get beganMs(): number {
    const second = Date.parse(this.#run?.time ?? '')
    const { time, ms } = this.#outcome ?? {}
    return within(second, time === undefined || ms === undefined ? second : Date.parse(time) - ms)
  }

  /** What is the same on all hosts. */
  get run(): (RunEvent & { time: string }) | undefined {
    return this.#run
  }

  #begin(run: RunEvent & { time: string }): void {
    if (this.#run) return
    this.#run = run
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
    const second = Date.parse(event.time)
    if (event.state === 'skipped') Object.assign(step, { state: 'skipped', reason: event.reason })
    else if (event.state === 'retrying') step.attempts = event.attempt + 1
    else if (event.state === 'started') {
      Object.assign(step, { state: 'running', began: second })
      this.#current = step
    } else {
      const { status, ms, limitSeconds } = event
      const state = status === 0 ? 'done' : 'failed'
      Object.assign(step, { state, status, ms, ended: second, ...defined({ limitSeconds }) })
      if (status !== 0) this.#failed ??= lines
      this.#current = undefined
    }
  }

  /** Lays the steps one after the other: each as near to the one before as the seconds that the host tells allow. */
  #layOut(startMs: number): { steps: ReportedStep[]; end: number } {
    const { outcome, step: last, time = '', ms } = this.#outcome ?? {}
    let at = this.beganMs
    const steps = this.#steps.map(({ began, ended, ...step }): ReportedStep => {
      // that it failed was not its own doing
      const isCut = outcome === 'cancelled' && step.name === last && step.state === 'failed'
      const told = { ...step, ...(isCut ? { state: 'unfinished' as const } : {}) }
      if (began === undefined) return told
      const from = within(began, at)
      at = ended === undefined ? from : within(ended, from + (step.ms ?? 0))
      return { ...told, at: from - startMs }
    })
    const end = within(Date.parse(time), ms === undefined ? at : this.beganMs + ms)
    return { steps, end: Math.max(at, end) - startMs }
  }

  /** The lines since the last event. */
  #flush(): string[] {
    this.#lines.push(this.#safe.end())
    const lines = this.#isCut ? [NO_LINE] : this.#lines.tail(OUTPUT_LINES)
    // a sequence that a step left open is not to swallow the next one's output
    this.#forget()
    return lines
  }
}

/** The moment within a second that is as near as can be to another one. */
function within(second: number, near: number): number {
  return Math.min(Math.max(near, second), second + SECOND_MS - 1)
}

function asPlanned({ name, phase, skipped }: PlannedStep): Told {
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
