// Watches the events of one run on one host and says how it went. It says "deployed" only if everything came that should,
// in order, for what was asked: a host can't leave anything out.
import { type ShipitError, UnknownVerdictError } from '../errors.ts'
import type { Event, EventOf, OutcomeEvent, PlannedStep, RunEvent } from '../protocol/event.ts'
import type { HostOutcome } from '../protocol/progress.ts'
import { describeRef, type Ref } from '../protocol/request.ts'
import { explainOutcome, explainRefusal } from './explain-outcome.ts'

/** What a run must do to count as what was asked for. */
export type Expected = {
  host: string
  /** for a run that was only found, its id and app */
  request: { run: string; app: string; ref?: Ref; commit?: string }
  /** the recipe's steps in order, with those marked that these flags leave out; without them, those that the run names */
  steps?: readonly PlannedStep[]
}

export class HostVerdict {
  readonly #expected: Expected
  #steps: readonly PlannedStep[]
  #run?: RunEvent
  #commit?: string
  #outcome?: OutcomeEvent
  #refusal?: ShipitError
  /** of the step that comes next, from 1 */
  #next = 1
  #running: string | undefined
  #failed = false
  #doubt?: string

  constructor(expected: Expected) {
    this.#expected = expected
    this.#steps = expected.steps ?? []
  }

  /** Takes the next event of the answer; `from` says whose token it bore. */
  take(event: Event, from: 'request' | 'run'): void {
    if ((from === 'request') !== (event.event === 'hello' || event.event === 'refused')) {
      this.#suspect('an event came under the wrong token')
    } else if (this.#outcome) {
      this.#suspect('something came after the outcome')
    } else if (event.event === 'refused') {
      this.#refusal = explainRefusal(event, this.#expected)
    } else if (event.event === 'run') {
      this.#takeRun(event)
    } else if (event.event === 'step') {
      this.#takeStep(event)
    } else if (event.event === 'commit') {
      const asked = this.#expected.request.commit
      if (asked && asked !== event.commit) this.#suspect(`it deployed commit ${event.commit}`)
      this.#commit = event.commit
    } else if (event.event === 'outcome') {
      if (event.run !== this.#expected.request.run) this.#suspect('the outcome is of another run')
      this.#outcome = event
    }
  }

  /** Nothing more is to come: the run has its outcome, or was refused. */
  get settled(): boolean {
    return this.#outcome !== undefined || this.#refusal !== undefined
  }

  /** What was seen of the run so far. */
  get seen(): Pick<HostOutcome, 'run' | 'commit' | 'outcome'> {
    return {
      ...(this.#run ? { run: this.#run } : {}),
      ...(this.#outcome ? { outcome: this.#outcome } : {}),
      ...(this.#commit ? { commit: this.#commit } : {}),
    }
  }

  /** Says how it went, after the last event. */
  end(): HostOutcome {
    const error = this.#refusal ?? this.#judge()
    return { host: this.#expected.host, ...this.seen, ...(error ? { error } : {}) }
  }

  #takeRun(event: RunEvent): void {
    const { request, steps } = this.#expected
    if (this.#run) this.#suspect('it sent two runs')
    if (event.run !== request.run || event.app !== request.app) this.#suspect('it sent another run')
    const { ref } = request
    if (ref && (event.ref.kind !== ref.kind || event.ref.name !== ref.name)) {
      this.#suspect(`it deployed ${describeRef(event.ref)}`)
    }
    if (!steps) this.#steps = event.steps ?? []
    const same = (planned: PlannedStep, index: number) =>
      planned.name === this.#steps[index]?.name && planned.skipped === this.#steps[index]?.skipped
    if (event.steps?.length !== this.#steps.length || !event.steps.every(same))
      this.#suspect('it has other steps')
    this.#run = event
  }

  #takeStep(event: EventOf<'step'>): void {
    const expected = this.#steps[event.number - 1]
    const { state, name } = event
    if (!this.#run) this.#suspect('a step came before the run')
    if (event.number !== this.#next || name !== expected?.name) this.#suspect('its steps came out of order')
    if (state === 'skipped' && expected?.skipped !== event.reason) this.#suspect(`it left out '${name}'`)
    if (state === 'started' && this.#running !== undefined) this.#suspect('two steps ran at once')
    if ((state === 'ended' || state === 'retrying') && this.#running !== name) this.#suspect('a step ended that had not begun')
    if (state === 'retrying') return
    this.#running = state === 'started' ? name : undefined
    if (state !== 'started') this.#next += 1
    if (state === 'ended' && event.status !== 0) this.#failed = true
  }

  #suspect(reason: string): void {
    this.#doubt ??= reason
  }

  #judge(): ShipitError | undefined {
    const { host, request } = this.#expected
    const suggestions = ['Ask the host how it went: shipit status']
    if (!this.#outcome) {
      return new UnknownVerdictError(`'${host}' stopped answering before the run's outcome`, {
        suggestions,
        details: { run: request.run },
      })
    }
    if (this.#outcome.outcome !== 'succeeded') return explainOutcome(this.#outcome, this.#expected, this.#run)
    const complete = this.#run && this.#next === this.#steps.length + 1 && !this.#failed
    const needsCommit = this.#steps.some((step) => step.name === 'git' && !step.skipped)
    const doubt =
      this.#doubt ??
      (complete ? undefined : 'not every step was done') ??
      (needsCommit && !this.#commit ? 'it named no commit' : undefined) ??
      (this.#outcome.exit === 0 ? undefined : `with the exit code ${this.#outcome.exit}`)
    if (doubt === undefined) return undefined
    return new UnknownVerdictError(`'${host}' says it succeeded, but ${doubt}`, { suggestions })
  }
}
