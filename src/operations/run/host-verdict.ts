// Watches the events of one run on one host and says how it went. It says "deployed" only if everything came that should,
// in order, for what was asked: a host can't leave anything out.

import { isDeepStrictEqual } from 'node:util'
import { defined } from '../../defined.ts'
import { type ShipitError, UnknownVerdictError } from '../../errors.ts'
import type { Event, EventOf, OutcomeEvent, PlannedStep, RunEvent } from '../../protocol/event.ts'
import { type AskedFlag, describeRef } from '../../protocol/request.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { nameCommand } from '../../words/command.ts'
import type { LeftBehind } from '../explain/describe-left.ts'
import type { Expected } from '../explain/expected-run.ts'
import { explainOutcome } from '../explain/explain-outcome.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'

export class HostVerdict {
  readonly #expected: Expected
  #steps: readonly PlannedStep[]
  /** the name by which the host knows the caller */
  #user: string | undefined
  #run?: RunEvent
  #commit?: string
  #outcome?: OutcomeEvent
  #refusal?: ShipitError
  /** of the step that comes next, from 1 */
  #next = 1
  #running: string | undefined
  #failed = false
  #published = false
  /** of the steps that ended, by name */
  readonly #ended = new Map<string, 'done' | 'failed'>()
  #doubt?: string

  constructor(expected: Expected) {
    this.#expected = expected
    this.#steps = expected.steps ?? []
  }

  /** Takes the account by which the host greets the caller. */
  greet(user: string): void {
    this.#user = user
  }

  /** Takes the answer that the request is not done. */
  refuse(event: EventOf<'refused'>): void {
    this.#refusal = explainRefusal(event, this.#expected)
  }

  /** Takes the next event of the run. */
  take(event: Event): void {
    if (this.#outcome) {
      this.#suspect('something came after the outcome')
    } else if (event.event === 'run') {
      this.#takeRun(event)
    } else if (event.event === 'step') {
      // of a run in doubt nothing more is kept: a host that makes steps up is not to fill the memory
      if (this.#doubt === undefined) this.#takeStep(event)
    } else if (event.event === 'commit') {
      this.#takeCommit(event.commit)
    } else if (event.event === 'outcome') {
      if (!this.#run) this.#suspect('the outcome came before the run')
      if (event.run !== this.#expected.request.run) this.#suspect('the outcome belongs to another run')
      if (event.commit !== undefined && this.#commit !== undefined && event.commit !== this.#commit)
        this.#suspect('it named two commits')
      this.#outcome = event
    } else if (event.event === 'cancelled') {
      if (!this.#run) this.#suspect('a cancel came before the run')
    } else if (event.event === 'left') {
      if (!this.#run) this.#suspect('a process was left before the run')
    } else {
      this.#suspect(`an event '${event.event}' came that does not belong to a run`)
    }
  }

  /** Nothing more is to come: the run has its outcome, or was refused. */
  get settled(): boolean {
    return this.#outcome !== undefined || this.#refusal !== undefined
  }

  /** What was seen of the run so far. */
  get seen(): Pick<HostOutcome, 'run' | 'commit' | 'outcome'> {
    return {
      ...defined({ run: this.#run, outcome: this.#outcome, commit: this.#commit }),
    }
  }

  /** Says how it went, after the last event. */
  end(): HostOutcome {
    const error = this.#refusal ?? this.#judge()
    return { host: this.#expected.host, ...this.seen, ...defined({ error }) }
  }

  #takeRun(event: RunEvent): void {
    const { request, steps } = this.#expected
    if (this.#run) this.#suspect('it sent two runs')
    if (event.run !== request.run || event.app !== request.app) this.#suspect('it sent another run')
    // a run that was only found may be anybody's
    if (request.verb !== 'attach' && this.#user !== undefined && event.user !== this.#user)
      this.#suspect(`it is a run of ${event.user}, and it was asked by ${this.#user}`)
    const { ref, commit, flags, digest } = request
    if (ref && (event.ref.kind !== ref.kind || event.ref.name !== ref.name)) {
      this.#suspect(`it deployed ${describeRef(event.ref)}`)
    }
    if (commit && event.commit !== commit) this.#suspect('it deployed another commit than requested')
    if (flags && !isDeepStrictEqual(event.flags, flags.map(renderFlag)))
      this.#suspect('it used other flags than requested')
    if (digest && event.digest !== digest) this.#suspect('it ran another recipe than requested')
    if (request.verb === 'deploy' && (event.back ?? false) !== (request.back ?? false))
      this.#suspect(
        event.back ? 'it may go back to an older commit' : 'it may not go back to an older commit',
      )
    this.#checkWay(event)
    if (!steps) this.#steps = event.steps ?? []
    const same = ({ name, phase, skipped }: PlannedStep, index: number) => {
      const step = this.#steps[index]
      const isSkipped = skipped === step?.skipped || (skipped === 'kept' && step?.skipped === undefined)
      return name === step?.name && phase === step.phase && isSkipped
    }
    if (event.steps?.length !== this.#steps.length || !event.steps.every(same))
      this.#suspect('it has other steps')
    const kept = event.steps?.filter(({ skipped }) => skipped === 'kept') ?? []
    const wrong = kept.find(({ name, phase }) => phase !== 'prepare' || name === this.#gitStep)
    // a deploy names its ref; who goes back does not know it
    if (kept.length > 0 && (wrong || ref || event.to === undefined))
      this.#suspect(`it left out '${(wrong ?? kept[0])?.name}'`)
    this.#steps = event.steps ?? this.#steps
    this.#run = event
  }

  /** Checks that a rollback goes where it was to, and to what its host had told of that run; that a deploy goes back nowhere. */
  #checkWay({ to, ref, commit, flags }: RunEvent): void {
    const { request, shown } = this.#expected
    if (request.verb === 'deploy' && to !== undefined) this.#suspect(`it went back to run ${to}`)
    if (request.verb !== 'rollback') return
    if (to === undefined) this.#suspect('it went back to no run')
    if (request.to !== undefined && to !== request.to) this.#suspect(`it went back to run ${to}`)
    if (!shown) return
    if (!isDeepStrictEqual(ref, shown.ref))
      this.#suspect(`it went back to ${describeRef(ref)}, and had announced ${describeRef(shown.ref)}`)
    if (shown.commit !== undefined && commit !== shown.commit)
      this.#suspect(`it went back to commit ${commit}, and had announced ${shown.commit}`)
    if (!isDeepStrictEqual(flags, shown.flags)) this.#suspect('it used other flags than announced')
  }

  #takeCommit(commit: string): void {
    const asked = this.#expected.request.commit ?? this.#run?.commit
    if (asked && asked !== commit) this.#suspect(`it deployed commit ${commit}`)
    if (this.#commit) this.#suspect('it named two commits')
    const before = this.#steps[this.#next - 2]
    // of a run that was only found, nobody here knows which step that is
    const rightStep = !this.#expected.steps || before?.name === this.#gitStep
    if (this.#running !== undefined || !before || before.skipped || !rightStep)
      this.#suspect('it named a commit out of order')
    this.#commit = commit
  }

  #takeStep(event: EventOf<'step'>): void {
    const expected = this.#steps[event.number - 1]
    const { state, name } = event
    if (!this.#run) this.#suspect('a step came before the run')
    if (event.number !== this.#next || name !== expected?.name) this.#suspect('its steps came out of order')
    if (state === 'skipped' && expected?.skipped !== event.reason) this.#suspect(`it left out '${name}'`)
    if (state === 'started' && expected?.skipped) this.#suspect(`it did not leave out '${name}'`)
    if (state === 'started' || state === 'skipped') {
      if (this.#running !== undefined) this.#suspect('two steps ran at once')
    } else if (this.#running !== name) this.#suspect('a step ended that had not begun')
    if (state === 'started' && expected?.phase !== 'prepare') this.#published = true
    if (state === 'retrying') return
    this.#running = state === 'started' ? name : undefined
    if (state !== 'started') this.#next += 1
    if (state === 'ended') {
      const isDone = event.status === 0 && event.limitSeconds === undefined
      this.#ended.set(name, isDone ? 'done' : 'failed')
      if (!isDone) this.#failed = true
    }
  }

  get #gitStep(): string {
    return this.#expected.gitStep ?? 'git'
  }

  #suspect(reason: string): void {
    this.#doubt ??= reason
  }

  #judge(): ShipitError | undefined {
    const { host, request, environment } = this.#expected
    const suggestions = [`Ask the host how it went: ${nameCommand('status', environment)}`]
    if (!this.#outcome) {
      return new UnknownVerdictError(`'${host}' stopped answering before the run's outcome`, {
        suggestions,
        details: { run: request.run },
      })
    }
    const { outcome } = this.#outcome
    const doubt = this.#doubt ?? this.#amiss(this.#outcome)
    if (doubt !== undefined) {
      return new UnknownVerdictError(`'${host}' says that the run ${outcome}, but ${doubt}`, {
        suggestions,
        details: { run: request.run },
      })
    }
    if (outcome === 'succeeded' || outcome === 'superseded') return undefined
    const left = this.#published ? this.#left() : undefined
    return explainOutcome(this.#outcome, this.#expected, { run: this.#run, left })
  }

  /** What a run that began to publish, and did not end well, has done and not done. */
  #left(): LeftBehind {
    const steps = this.#steps.filter(({ phase, skipped }) => phase === 'publish' && !skipped)
    const named = (is: (name: string) => boolean) => steps.map(({ name }) => name).filter(is)
    const isBroken = (name: string) => this.#ended.get(name) === 'failed' || name === this.#running
    return {
      ...defined({ commit: this.#commit }),
      done: named((name) => this.#ended.get(name) === 'done'),
      broken: named(isBroken),
      notRun: named((name) => !this.#ended.has(name) && !isBroken(name)),
      ...defined({ writes: this.#expected.writes }),
    }
  }

  /** Why an end that is not one of failure can't be believed. */
  #amiss(event: OutcomeEvent): string | undefined {
    if (event.outcome === 'succeeded') return this.#missing(event)
    if (event.outcome !== 'superseded') return undefined
    const { request } = this.#expected
    if (request.verb === 'rollback' || this.#run?.to !== undefined || this.#run?.back)
      return 'it was to go back'
    if (this.#published) return 'it had begun to publish'
    if (!this.#commit || !event.live || event.live.commit === this.#commit) return 'it names nothing newer'
    if (this.#failed || event.exit !== 0) return 'it also reports a failure'
    return undefined
  }

  /** What a run that succeeded would have told, and this one has not. */
  #missing({ exit, step, status, limitSeconds, reason }: OutcomeEvent): string | undefined {
    const needsCommit = this.#steps.some((each) => each.name === this.#gitStep && !each.skipped)
    if (!this.#run || this.#next !== this.#steps.length + 1 || this.#failed) return 'not every step was done'
    if (needsCommit && !this.#commit) return 'it named no commit'
    if (exit !== 0) return `with the exit code ${exit}`
    if (step ?? status ?? limitSeconds ?? reason) return 'it also reports a failure'
    return undefined
  }
}

/** As the event writes it. */
function renderFlag({ name, value }: AskedFlag): string {
  return value === undefined ? name : `${name}=${value}`
}
