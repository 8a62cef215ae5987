// What is known of one host in a deploy: how far it is in which step, and its last lines of output.

import type { EventOf, Holder, InLine, Live, RefusalReason, RunEvent } from '../../protocol/event.ts'
import type { HostOutcome, Progress } from '../../results/progress.ts'
import type { Block } from '../../safe-text/block.ts'
import { SafeLines } from '../../safe-text/safe-lines.ts'
import { lostWords } from '../../words/connection.ts'
import { cancelledWords } from '../../words/holder.ts'
import { type CancelWords, sayCancel } from './cancel-words.ts'
import type { DeployPlan } from './deploy-plan.ts'
import { HolderNews } from './holder-news.ts'
import { LineRing } from './line-ring.ts'
import { planStep, type StepRecord, skipStep } from './step-record.ts'

/** Beyond what a plan may have; a host that makes steps up is not to fill the memory. */
const MAX_STEPS = 128

/** More than a host names. */
const MAX_LEFT = 10

/** What one host has told so far. */
export class HostRecord {
  readonly host: string
  /** as the host plans them, once it has said so */
  steps: StepRecord[]
  state: 'waiting' | 'connecting' | 'connected' | 'running' | 'ended' = 'waiting'
  current: StepRecord | undefined
  run: RunEvent | undefined
  commit: string | undefined
  /** the one that is to come, before the run has brought it */
  coming: string | undefined
  /** it has told what there is to tell before a run begins */
  isAsked = false
  /** it has told what is live: nothing, where `live` is nothing */
  hasTold = false
  live: Live | undefined
  /** nothing is begun there, since nothing in the app changed */
  isUnchanged = false
  /** who holds the lock that this host waits for */
  holder: Holder | undefined
  /** its place among those who wait for that lock */
  inLine: InLine | undefined
  /** the last that was told of it is worth a line: another run or step, or the first word for a while */
  hasNewHolder = false
  readonly #news = new HolderNews()
  ended: HostOutcome | undefined
  /** why the host turned the request away */
  refusal: RefusalReason | undefined
  /** the host itself has answered */
  isReached = false
  /** when something was heard of it, on this machine's clock */
  heardAtMs = performance.now()
  /** the connection died, and it is reached for again */
  isLost = false
  /** somebody cancels the run: who, or, of who follows it here, how that goes */
  cancel: CancelWords = { words: '' }
  /** processes that steps left running */
  readonly left: EventOf<'left'>[] = []
  /** of the step that runs, or ran last */
  readonly output = new LineRing()
  /** what came after the step that failed: how the host goes back by itself */
  readonly #after = new LineRing()
  readonly #colour: boolean
  readonly #plan: DeployPlan
  #safe: SafeLines

  constructor(host: string, plan: DeployPlan, options: { colour: boolean }) {
    this.host = host
    this.#plan = plan
    this.steps = plan.steps.map((step) => planStep(step, plan.writes))
    this.#colour = options.colour
    this.#safe = new SafeLines(options)
  }

  /** Takes in what happened and returns the lines of output that it completes, safe to show. */
  take(progress: Progress): Block[] {
    if (progress.type === 'connected' || progress.type === 'event' || progress.type === 'waiting')
      this.isReached = true
    if (progress.type === 'event' || progress.type === 'output') this.heardAtMs = performance.now()
    switch (progress.type) {
      case 'connecting':
      case 'connected':
        this.isLost = false
        if (this.run === undefined) this.state = progress.type
        return []
      case 'planned':
        this.isAsked = true
        this.coming = progress.commit
        this.isUnchanged = progress.isUnchanged ?? false
        if (progress.isReady) this.#tell(progress.live)
        return []
      case 'waiting':
        this.#wait(progress)
        return []
      case 'lost':
        this.isLost = true
        return []
      case 'cancel':
        this.cancel = sayCancel(progress, this.#plan.cancel)
        return []
      case 'output':
        return this.#keep(this.#safe.push(progress.bytes))
      case 'event':
        return this.#takeEvent(progress)
      case 'ended':
        return this.end(progress.outcome)
    }
  }

  /** Notes how it ended; a second outcome changes nothing. */
  end(outcome: HostOutcome): Block[] {
    if (this.ended) return []
    const lines = this.#flush()
    if (this.current) this.current.state = 'unfinished'
    this.current = undefined
    const { broken } = this
    // what it ended with says only that it was ended
    const { outcome: how, step = broken?.name } = outcome.outcome ?? {}
    if (broken && how === 'cancelled' && step === broken.name) broken.isCancelled = true
    this.state = 'ended'
    this.ended = outcome
    this.run ??= outcome.run
    this.commit ??= outcome.commit
    return lines
  }

  stepNamed(name: string): StepRecord | undefined {
    return this.steps.find((step) => step.name === name)
  }

  /** The step that this host's run broke off in. */
  get broken(): StepRecord | undefined {
    return this.steps.find(({ state }) => state === 'failed' || state === 'unfinished')
  }

  /** The newest line of output, complete or not. */
  get lastLine(): string {
    if (this.isLost) return lostWords(this.run !== undefined)
    if (this.cancel.words !== '') return this.cancel.words
    return this.#safe.current || (this.#after.last ?? this.output.last ?? '')
  }

  #takeEvent({ event }: Extract<Progress, { type: 'event' }>): Block[] {
    switch (event.event) {
      case 'refused':
        this.holder = event.holder
        this.refusal = event.reason
        return []
      case 'run':
        this.#begin(event)
        return []
      case 'commit':
        this.commit = event.commit
        return []
      case 'step':
        return this.#takeStep(event)
      case 'cancelled':
        // the person who cancelled it here is told more
        if (this.cancel.words === '') this.cancel = { words: cancelledWords(event) }
        return []
      case 'left':
        if (this.left.length < MAX_LEFT) this.left.push(event)
        return []
      default:
        return []
    }
  }

  #wait({ holder, inLine }: Extract<Progress, { type: 'waiting' }>): void {
    this.holder = holder
    this.inLine = inLine
    this.hasNewHolder = this.#news.take(holder, inLine)
  }

  #tell(live: Live | undefined): void {
    this.isAsked = true
    this.hasTold = true
    this.live = live
  }

  #begin(run: RunEvent): void {
    this.state = 'running'
    if (run.live || !this.hasTold) this.#tell(run.live)
    this.coming ??= run.commit
    this.holder = undefined
    this.inLine = undefined
    this.run = run
    // a run that is attached to again tells its steps again
    if (run.steps)
      this.steps = run.steps.map((step) => this.stepNamed(step.name) ?? planStep(step, this.#plan.writes))
    for (const [index, { skipped }] of (run.steps ?? []).entries()) {
      const step = this.steps[index]
      if (skipped && step?.state === 'waiting') skipStep(step, skipped)
    }
  }

  #takeStep(event: EventOf<'step'>): Block[] {
    const lines = this.#flush()
    this.state = 'running'
    let step = this.stepNamed(event.name)
    if (!step && this.steps.length < MAX_STEPS) {
      step = { name: event.name, phase: 'publish', state: 'waiting' }
      this.steps.push(step)
    }
    if (!step) return lines
    if (event.state === 'started') {
      step.state = 'running'
      step.startedAtMs = performance.now()
      this.current = step
      this.output.clear()
      return lines
    }
    if (event.state === 'retrying') return lines
    this.current = undefined
    if (event.state === 'skipped') {
      skipStep(step, event.reason)
    } else {
      step.state = event.status === 0 ? 'done' : 'failed'
      step.status = event.status
      step.ms = event.ms
      if (event.limitSeconds !== undefined) step.limitSeconds = event.limitSeconds
      // nobody asks for the output of what went well
      if (event.status === 0) this.output.clear()
    }
    return lines
  }

  #flush(): Block[] {
    const lines = this.#safe.end()
    // a sequence that a step left open is not to swallow the next one's output
    this.#safe = new SafeLines({ colour: this.#colour })
    return this.#keep(lines)
  }

  #keep(lines: Block[]): Block[] {
    const isAfter = this.current === undefined && this.broken !== undefined
    ;(isAfter ? this.#after : this.output).push(lines)
    return lines
  }
}
