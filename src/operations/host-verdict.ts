// Watches the events of one run on one host and says how it went. It says "deployed" only if everything came that should,
// in order, for what was asked: a host can't leave anything out.
import {
  CancelledError,
  DriftError,
  InterruptedError,
  LockedError,
  ProtocolError,
  RefNotFoundError,
  RefusedError,
  type ShipitError,
  StepFailedError,
  UnknownVerdictError,
} from '../errors.ts'
import type { Event, EventOf, Holder, OutcomeEvent, PlannedStep, RunEvent } from '../protocol/event.ts'
import type { HostOutcome } from '../protocol/progress.ts'
import type { DeployRequest, Ref } from '../protocol/request.ts'

/** What a run must do to count as this deploy. */
export type Expected = {
  host: string
  request: DeployRequest
  /** the recipe's steps in order, with those marked that these flags leave out */
  steps: readonly PlannedStep[]
}

export class HostVerdict {
  readonly #expected: Expected
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

  /** Says how it went, after the last event. `status` is the exit status of the call, if it came to one. */
  end(call: { status?: number; lost: boolean }): HostOutcome {
    const error = this.#refusal ?? this.#judge(call)
    return {
      host: this.#expected.host,
      ...(this.#run ? { run: this.#run } : {}),
      ...(this.#outcome ? { outcome: this.#outcome } : {}),
      ...(this.#commit ? { commit: this.#commit } : {}),
      ...(error ? { error } : {}),
    }
  }

  #takeRun(event: RunEvent): void {
    const { request, steps } = this.#expected
    if (this.#run) this.#suspect('it sent two runs')
    if (event.run !== request.run || event.app !== request.app) this.#suspect('it sent another run')
    if (event.ref.kind !== request.ref.kind || event.ref.name !== request.ref.name) {
      this.#suspect(`it deployed ${describeRef(event.ref)}`)
    }
    const same = (planned: PlannedStep, index: number) =>
      planned.name === steps[index]?.name && planned.skipped === steps[index]?.skipped
    if (event.steps?.length !== steps.length || !event.steps.every(same)) this.#suspect('it has other steps')
    this.#run = event
  }

  #takeStep(event: EventOf<'step'>): void {
    const expected = this.#expected.steps[event.number - 1]
    if (!this.#run) this.#suspect('a step came before the run')
    if (event.number !== this.#next || event.name !== expected?.name) this.#suspect('its steps came out of order')
    if (event.state === 'skipped' && expected?.skipped !== event.reason) this.#suspect(`it left out '${event.name}'`)
    if (event.state === 'started' && this.#running !== undefined) this.#suspect('two steps ran at once')
    if (event.state === 'ended' && this.#running !== event.name) this.#suspect('a step ended that had not begun')
    this.#running = event.state === 'started' ? event.name : undefined
    if (event.state !== 'started') this.#next += 1
    if (event.state === 'ended' && event.status !== 0) this.#failed = true
  }

  #suspect(reason: string): void {
    this.#doubt ??= reason
  }

  #judge({ status, lost }: { status?: number; lost: boolean }): ShipitError | undefined {
    const { host, request, steps } = this.#expected
    const suggestions = ['Ask the host how it went: shipit status']
    if (!this.#outcome) {
      const message = lost
        ? `the connection to '${host}' was lost; the run goes on there without us`
        : `'${host}' stopped answering before the run's outcome`
      return new UnknownVerdictError(message, { suggestions, details: { run: request.run } })
    }
    if (this.#outcome.outcome !== 'succeeded') return explainOutcome(this.#outcome, host, request.ref, this.#run)
    const complete = this.#run && this.#next === steps.length + 1 && !this.#failed
    const needsCommit = steps.some((step) => step.name === 'git' && !step.skipped)
    const doubt =
      this.#doubt ??
      (complete ? undefined : 'not every step was done') ??
      (needsCommit && !this.#commit ? 'it named no commit' : undefined) ??
      (this.#outcome.exit === 0 && (lost || status === 0) ? undefined : `the call ended with status ${status}`)
    if (doubt === undefined) return undefined
    return new UnknownVerdictError(`'${host}' says it succeeded, but ${doubt}`, { suggestions })
  }
}

/** Says in words what was asked for: `branch 'x'`. */
export function describeRef(ref: Ref): string {
  return `${ref.kind} '${ref.name}'`
}

function explainOutcome(outcome: OutcomeEvent, host: string, ref: Ref, run: RunEvent | undefined): ShipitError {
  const step = outcome.step === undefined ? 'the run' : `step '${outcome.step}'`
  const details = { run: outcome.run, step: outcome.step, status: outcome.status }
  const published = run?.steps?.slice(0, outcome.number).some((each) => each.phase === 'publish' && !each.skipped)
  const mend = published
    ? 'Part of it is live. Mend the cause and deploy again, or deploy what was there before.'
    : 'Nothing that is live was touched. Mend the cause and deploy again.'
  if (outcome.reason === 'ref-not-found') {
    return new RefNotFoundError(`there is no ${describeRef(ref)} in the repository of '${host}', or the commit is not on it`, {
      details,
      suggestions: ['Check the name, and that it was pushed: git ls-remote origin', 'Nothing that is live was touched.'],
    })
  }
  if (outcome.outcome === 'timed-out') {
    return new StepFailedError(`${step} ran out of time (${outcome.limitSeconds ?? '?'} s) on '${host}'`, {
      details,
      suggestions: [mend, "If it needs longer, raise the step's timeout in deploy.config.ts and install anew."],
    })
  }
  if (outcome.outcome === 'cancelled') return new CancelledError(`the run on '${host}' was cancelled`, { details })
  if (outcome.outcome === 'interrupted') {
    return new InterruptedError(`the run on '${host}' was interrupted in ${step}: the host or its run died`, {
      details,
      suggestions: ['Deploy again: there is nothing to clean up.'],
    })
  }
  if (outcome.reason === 'log-full') {
    return new StepFailedError(`${step} filled the log of the run on '${host}' and was ended`, { details, suggestions: [mend] })
  }
  return new StepFailedError(`${step} failed with status ${outcome.status ?? '?'} on '${host}'`, {
    details,
    suggestions: [mend],
  })
}

function explainRefusal(event: EventOf<'refused'>, { host, request }: Expected): ShipitError {
  switch (event.kind) {
    case 'policy':
      return new RefusedError(`the policy on '${host}' does not let you deploy ${describeRef(request.ref)}`, {
        suggestions: ["Ask the administrator of the host: the policy is 'allow' in the deploy.config.ts that root installed."],
      })
    case 'drift':
      return new DriftError(`the recipe on '${host}' is another one than yours`, {
        suggestions: [
          'If yours is the newer one, have root install it: shipit install --out install.sh',
          'If the host has the newer one, update your checkout.',
        ],
      })
    case 'locked':
      return new LockedError(`'${request.app}' on '${host}' is locked: ${describeHolder(event.holder)}`, {
        details: { holder: event.holder },
        suggestions: ['Wait until it is done, then deploy again; watch it with: shipit status'],
      })
    case 'busy':
      return new LockedError(`processes of an earlier run are still alive on '${host}': ${describeHolder(event.holder)}`, {
        details: { holder: event.holder },
        suggestions: ['They end with their time limit. Deploy again then; root can end them at once.'],
      })
    case 'storage':
      return new ProtocolError(`'${host}' cannot write its records: nothing was done`, {
        suggestions: ['Make room on the disk of /var/lib/shipit, then deploy again.'],
      })
    case 'unknown-run':
    case 'offset':
      return new ProtocolError(`'${host}' does not have that run, or not that much of it`)
  }
}

function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another run is just beginning'
  const step = holder.step === undefined ? '' : `, in step '${holder.step}'`
  return `${holder.user} is deploying ${describeRef(holder.ref)}, for ${holder.seconds} s${step} (run ${holder.run})`
}
