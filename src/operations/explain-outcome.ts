// Says to people why a run did not succeed, or was not begun, and what they can do.
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
} from '../errors.ts'
import type { EventOf, Freeze, Holder, OutcomeEvent } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import { describeRef, type Ref } from '../protocol/request.ts'
import { shellWord } from '../ssh/shell-word.ts'
import type { Expected } from './host-verdict.ts'

/** Of a run that began to change what is live and did not end well: its publish steps, by name. */
export type LeftBehind = {
  commit?: string
  done: readonly string[]
  /** failed, or ended with the run */
  broken: readonly string[]
  notRun: readonly string[]
  /** where a step writes, as far as it is known */
  writes?: ReadonlyMap<string, string>
}

/** Enough of a commit to be one of its kind in any repository. */
const SHOWN_DIGITS = 12

/**
 * Makes the error of an outcome that is no success.
 * @param seen the run's own ref, and what it left behind if it had begun to change what is live
 */
export function explainOutcome(
  outcome: OutcomeEvent,
  { host, environment, origin, request }: Expected,
  seen: { ref?: Ref | undefined; left?: LeftBehind | undefined },
): ShipitError {
  const asked = seen.ref ?? request.ref
  const ref = asked ? describeRef(asked) : 'ref'
  const step = outcome.step === undefined ? 'the run' : `step '${outcome.step}'`
  const left = outcome.back === undefined ? describeLeft(seen.left, outcome) : ''
  const details = {
    ...{ run: outcome.run, step: outcome.step, status: outcome.status },
    ...(left === '' ? {} : { left }),
    ...(outcome.back === undefined ? {} : { back: outcome.back }),
  }
  const back = outcome.back === undefined ? '' : `; the host went back by itself to run ${outcome.back}`
  const tail = `${left === '' ? '' : `: ${left}`}${back}`
  const mend = whatNow(outcome, seen.left, environment)
  if (outcome.reason === 'ref-not-found') {
    return new RefNotFoundError(
      `there is no ${ref} in the repository of '${host}'${request.commit === undefined ? '' : ', or the commit is not on it'}`,
      {
        details,
        suggestions: [
          `Check the name, and that it was pushed: git ls-remote ${shellWord(origin ?? 'origin')}`,
          'Nothing that is live was touched.',
        ],
      },
    )
  }
  if (outcome.outcome === 'timed-out') {
    return new StepFailedError(
      `${step} ran out of time (${outcome.limitSeconds ?? '?'} s) on '${host}'${tail}`,
      {
        details,
        suggestions: [
          ...mend,
          "If it needs longer, raise the step's timeout in deploy.config.ts and install anew.",
        ],
      },
    )
  }
  if (outcome.outcome === 'cancelled') {
    const by = outcome.by === undefined ? '' : ` by ${outcome.by}`
    return new CancelledError(`the run on '${host}' was cancelled${by}${tail}`, {
      details,
      suggestions: seen.left ? mend : ['Nothing that is live was touched.'],
    })
  }
  if (outcome.outcome === 'interrupted') {
    const died = 'the host or its run died'
    return new InterruptedError(
      `the run on '${host}' was interrupted in ${step}: ${died}${left === '' ? '' : `: ${left}`}`,
      { details, suggestions: seen.left ? mend : ['Deploy again: there is nothing to clean up.'] },
    )
  }
  if (outcome.reason === 'log-full') {
    return new StepFailedError(`${step} filled the log of the run on '${host}' and was ended${tail}`, {
      details,
      suggestions: mend,
    })
  }
  if (outcome.reason === 'storage') {
    return new StepFailedError(
      `the disk of '${host}' is full: the run stopped in ${step}, since it could not write down what it does${tail}`,
      { details, suggestions: ['Make room on the disk of /var/lib/shipit.', ...mend] },
    )
  }
  return new StepFailedError(`${step} failed with status ${outcome.status ?? '?'} on '${host}'${tail}`, {
    details,
    suggestions: mend,
  })
}

function whatNow(
  { back }: OutcomeEvent,
  left: LeftBehind | undefined,
  environment: string | undefined,
): string[] {
  const deploy = nameCommand('deploy', environment)
  if (back !== undefined) return [`What was good before is live again. Mend the cause and deploy: ${deploy}`]
  if (!left) return ['Nothing that is live was touched. Mend the cause and deploy again.']
  return [
    `Mend the cause and deploy again: ${deploy}`,
    `Or go back to what was good before: ${nameCommand('rollback', environment)}`,
  ]
}

/** Says what is live now: "/var/www/ is at 1a2b3c4d5e6f; apachectl restart was not run". */
function describeLeft(left: LeftBehind | undefined, { outcome }: OutcomeEvent): string {
  if (!left) return ''
  const at = left.commit === undefined ? 'new' : `at ${left.commit.slice(0, SHOWN_DIGITS)}`
  const isSync = (name: string) => left.writes?.has(name) || name.startsWith(SYNC)
  const target = (name: string) => left.writes?.get(name) ?? `what ${name} writes`
  const words = [
    ...left.done.map((name) => (isSync(name) ? `${target(name)} is ${at}` : `${name} was run`)),
    ...left.broken.flatMap((name) => {
      if (isSync(name)) return `${target(name)} may be partly new`
      // of a step that failed the message itself says so
      return outcome === 'cancelled' || outcome === 'interrupted' ? `${name} did not finish` : []
    }),
    ...left.notRun.map((name) => `${name} was not run`),
  ]
  return words.join('; ')
}

/** How the name of an rsync step begins, if it was given none. */
const SYNC = 'rsync '

/** Makes the error of a request that was understood and not done. */
export function explainRefusal(
  event: EventOf<'refused'>,
  { host, environment, request }: Expected,
): ShipitError {
  const command = (words: string) => nameCommand(words, environment)
  switch (event.reason) {
    case 'policy':
      return new RefusedError(`the policy on '${host}' does not let you ${describeWish(request)}`, {
        suggestions: [
          "Ask the administrator of the host: the policy is 'allow' in the deploy.config.ts that root installed.",
        ],
      })
    case 'drift':
      return new DriftError(`the recipe on '${host}' is another one than yours`, {
        suggestions: [
          `If yours is the newer one, have root install it: ${command('install --out install.sh')}`,
          'If the host has the newer one, update your checkout.',
          `See what differs: ${command('install --diff')}. Run the recipe that the host has: ${command('deploy --allow-drift')}`,
        ],
      })
    case 'locked':
      return new LockedError(`'${request.app}' on '${host}' is locked: ${describeHolder(event.holder)}`, {
        details: { holder: event.holder },
        suggestions: [
          `Watch it: ${command('attach')}`,
          `Deploy when it is done: ${command('deploy --wait 15m')}`,
        ],
      })
    case 'busy':
      return new LockedError(
        `processes of an earlier run are still alive on '${host}': ${describeHolder(event.holder)}`,
        {
          details: { holder: event.holder },
          suggestions: ['They end with their time limit. Deploy again then; root can end them at once.'],
        },
      )
    case 'storage':
      return new ProtocolError(`'${host}' cannot write its records: nothing was done`, {
        suggestions: ['Make room on the disk of /var/lib/shipit, then deploy again.'],
      })
    case 'frozen':
      return new LockedError(`'${request.app}' on '${host}' is frozen${describeFreeze(event.freeze)}`, {
        details: { freeze: event.freeze },
        suggestions: [`When the reason is gone, its author unlocks it: ${command('unlock')}`],
      })
    case 'no-target':
      return new RefNotFoundError(
        request.to === undefined
          ? `'${host}' has no good run to go back to`
          : `'${host}' can't go back to run ${request.to}: it did not succeed there, was rolled back from, or is not kept any more`,
        { suggestions: [`See what was deployed there: ${command('history')}`] },
      )
    case 'not-running':
      return new RefNotFoundError(`that run is not running on '${host}'`)
    case 'unknown-run':
    case 'offset':
      return new ProtocolError(`'${host}' does not have that run, or not that much of it`)
  }
}

function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another run is just beginning, or has just ended'
  const step = holder.step === undefined ? '' : `, in step '${holder.step}'`
  return `${holder.user} is deploying ${describeRef(holder.ref)}, for ${holder.seconds} s${step} (run ${holder.run})`
}

function describeFreeze(freeze: Freeze | undefined): string {
  if (!freeze) return ''
  return ` by ${freeze.user}, for ${freeze.seconds} s: ${freeze.reason.replaceAll('_', ' ')}`
}

/** What somebody wanted, for a policy that says no. */
function describeWish({ ref, verb }: Expected['request']): string {
  if (ref) return `deploy ${describeRef(ref)}`
  if (verb === 'rollback') return 'go back to that run'
  if (verb === 'cancel') return "cancel somebody else's run"
  if (verb === 'lock') return 'stop deploys'
  if (verb === 'unlock') return "end somebody else's freeze"
  return 'see this app'
}
