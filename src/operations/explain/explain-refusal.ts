// Says to people why a host does not do what was asked, and what they can do.

import {
  CancelledError,
  ClockError,
  DriftError,
  LockedError,
  ProtocolError,
  RefNotFoundError,
  RefusedError,
  type ShipitError,
  StepFailedError,
  UnknownVerdictError,
} from '../../errors.ts'
import type { EventOf, Freeze, RefusalReason } from '../../protocol/event.ts'
import { describeRef } from '../../protocol/request.ts'
import { nameCommand } from '../../words/command.ts'
import { formatSeconds } from '../../words/duration.ts'
import { freezeWords } from '../../words/holder.ts'
import { describeHolder, describeLine } from './describe-holder.ts'
import { type Expected, wordsAgain } from './expected-run.ts'
import { explainOutcome } from './explain-outcome.ts'
import { policySuggestions } from './explain-policy.ts'

/** What the explanations share: the event, and the commands that a person may give. */
type Refusal = {
  event: EventOf<'refused'>
  expected: Expected
  request: Expected['request']
  host: string
  isRollback: boolean
  /** what was asked, without the name of the program */
  words: string
  command: (words: string) => string
  /** what was asked, to be given once more */
  again: string
}

/** Makes the error of a request that was understood and not done. */
export function explainRefusal(event: EventOf<'refused'>, expected: Expected): ShipitError {
  const { host, environment, request } = expected
  const command = (words: string) => nameCommand(words, environment)
  const isRollback = request.verb === 'rollback'
  const to = request.to === undefined ? '' : ` --to ${request.to}`
  const words = isRollback ? `rollback${to}` : wordsAgain(expected)
  const again = command(words)
  return EXPLANATIONS[event.reason]({ event, expected, request, host, isRollback, words, command, again })
}

const EXPLANATIONS: Readonly<Record<RefusalReason, (refusal: Refusal) => ShipitError>> = {
  policy: explainPolicy,
  'policy-live': explainPolicyOfLive,
  drift: explainDrift,
  'ref-not-found': explainNoRef,
  // told with git's own words (muster.ts)
  repository: ({ host }) => new StepFailedError(`'${host}' cannot read the repository`),
  locked: explainLocked,
  busy: explainBusy,
  storage: explainStorage,
  frozen: explainFrozen,
  'no-target': explainNoTarget,
  changed: explainChanged,
  cancelled: ({ host, event: { by } }) =>
    new CancelledError(`the run on '${host}' was cancelled${by ? ` by ${by}` : ''} before it began`),
  'not-running': ({ host }) => new RefNotFoundError(`that run is not running on '${host}'`),
  'unknown-run': explainUnknownRun,
  clock: explainClock,
  used: explainUsedId,
  offset: explainOffset,
}

function explainPolicy({ expected, event, host, request }: Refusal): ShipitError {
  return new RefusedError(
    `the policy on '${host}' does not allow you to ${describeWish(request, event.freeze)}`,
    { suggestions: policySuggestions(expected) },
  )
}

function explainPolicyOfLive({ host, command }: Refusal): ShipitError {
  return new RefusedError(
    `the policy on '${host}' does not allow you to roll back what is live: it is of another branch or tag`,
    {
      suggestions: [
        `See what is live: ${command('status')}`,
        'Ask somebody who may deploy that branch or tag, or deploy your own.',
      ],
    },
  )
}

function explainDrift({ host, isRollback, words, command }: Refusal): ShipitError {
  return new DriftError(`the recipe on '${host}' differs from yours`, {
    suggestions: [
      `If yours is newer, have root install it: ${command('install --out install.sh')}`,
      'If the host has the newer one, update your checkout.',
      `To see what differs: ${command('install --diff')}${
        isRollback ? '' : `. To run the host's recipe as it is: ${command(`${words} --allow-drift`)}`
      }`,
    ],
  })
}

function explainNoRef({ expected }: Refusal): ShipitError {
  const { run = '' } = expected.request
  const outcome = { event: 'outcome', run, outcome: 'failed', exit: 66, reason: 'ref-not-found' } as const
  return explainOutcome(outcome, expected, {})
}

function explainLocked(refusal: Refusal): ShipitError {
  const { event, expected, host, request, isRollback, words, again, command } = refusal
  const { holder, inLine } = event
  const line = describeLine(inLine)
  const why = [...(holder || line === '' ? [describeHolder(holder)] : []), ...(line === '' ? [] : [line])]
  const isLocked = expected.waitedMs
    ? `is still locked after ${formatSeconds(expected.waitedMs / 1000)}`
    : 'is locked'
  return new LockedError(`'${request.app}' on '${host}' ${isLocked}: ${why.join('; ')}`, {
    details: { holder, inLine },
    suggestions: [
      holder ? `Watch it: ${command('attach')}` : `See who is waiting: ${command('status')}`,
      isRollback
        ? `Go back when it is done: ${again}`
        : `Deploy when it is done: ${command(`${words} --wait 15m`)}`,
    ],
  })
}

function explainBusy({ event, host, command }: Refusal): ShipitError {
  return new LockedError(
    `processes of an earlier run are still alive on '${host}': ${describeHolder(event.holder)}`,
    {
      details: { holder: event.holder },
      suggestions: [
        `They end at their time limit. To end them now (except what root runs): ${command(
          event.holder ? `cancel --run ${event.holder.run} --now` : 'cancel --now',
        )}`,
      ],
    },
  )
}

function explainStorage({ host, again }: Refusal): ShipitError {
  return new ProtocolError(`'${host}' cannot write its records: nothing was started`, {
    isBeforeAll: true,
    suggestions: [
      'Look at /var/lib/shipit there: full (df), read-only (mount), or owned by another account (ls -ld).',
      `Then: ${again}`,
    ],
  })
}

function explainFrozen({ event, host, request, command }: Refusal): ShipitError {
  return new LockedError(`'${request.app}' on '${host}' is frozen${describeFreeze(event.freeze)}`, {
    details: { freeze: event.freeze },
    suggestions: [`When the reason is gone, its author can end it: ${command('unfreeze')}`],
  })
}

function explainNoTarget({ host, request, command }: Refusal): ShipitError {
  return new RefNotFoundError(
    request.to === undefined
      ? `'${host}' has no good run to go back to`
      : `'${host}' can't go back to run ${request.to}: it did not succeed there, published nothing, or is no longer kept`,
    {
      suggestions: [
        `See what was deployed there: ${command('history')}`,
        ...(request.to === undefined
          ? ['A run with the commit and flags that are already live is passed over: name it with --to']
          : []),
      ],
    },
  )
}

function explainChanged({ host, command }: Refusal): ShipitError {
  return new LockedError(`what is live on '${host}' has changed since you were asked: nothing was done`, {
    suggestions: [`Look again: ${command('rollback')}`],
  })
}

function explainUnknownRun({ event: { by }, host, request, command }: Refusal): ShipitError {
  if (by !== undefined)
    return new RefNotFoundError(`run ${request.run} was cancelled on '${host}' by ${by} before it began`)
  return new RefNotFoundError(`'${host}' does not have run ${request.run}, or has forgotten it`, {
    suggestions: [`See what it has: ${command('history')}`],
  })
}

function explainClock({ event, host, request, again }: Refusal): ShipitError {
  return new ClockError(
    `run ${request.run} was started at ${readTime(request.run)}, and it is ${event.time} on '${host}': they may differ by at most one day`,
    {
      details: { hostTime: event.time },
      suggestions: [
        "Set the clock that is wrong: the run's time comes from the machine that started it.",
        `If the run has waited since then, start a new one: ${again}`,
      ],
    },
  )
}

function explainUsedId({ host, request, again, command }: Refusal): ShipitError {
  if (request.verb === 'cancel')
    return new RefNotFoundError(`run ${request.run} has ended: '${host}' no longer keeps it`)
  return new UnknownVerdictError(
    `'${host}' knows run id ${request.run} from another request, another person, or a run that it no longer keeps: nothing was started`,
    {
      suggestions: [
        `See whose run it is: ${command('history')}`,
        `If you sent this request only once, it is not your run: start a new one, with its own id: ${again}`,
      ],
    },
  )
}

function explainOffset({ host, request, command }: Refusal): ShipitError {
  return new ProtocolError(`'${host}' has lost the end of the log of run ${request.run}`, {
    suggestions: [
      `Ask the host how it went: ${command('status')}. See what is left: ${command(`log --run ${request.run}`)}`,
    ],
  })
}

/** The time in a run's id, as events have it. */
function readTime(run: string): string {
  return run.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*/, '$1-$2-$3T$4:$5:$6Z')
}

function describeFreeze(freeze: Freeze | undefined): string {
  return freeze ? ` ${freezeWords(freeze)}` : ''
}

/** What somebody wanted, for a policy that says no. */
function describeWish({ ref, verb }: Expected['request'], freeze: Freeze | undefined): string {
  if (ref) return `deploy ${describeRef(ref)}`
  if (verb === 'rollback') return 'go back to that run'
  if (verb === 'cancel') return "cancel somebody else's run"
  if (verb === 'freeze') return 'stop deploys'
  if (verb === 'unfreeze')
    return `end somebody else's freeze${freeze ? `: it is${describeFreeze(freeze)}` : ''}`
  return 'see this app'
}
