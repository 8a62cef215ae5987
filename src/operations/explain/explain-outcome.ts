// Says to people why a run did not succeed, what it left behind, and what they can do.

import { defined } from '../../defined.ts'
import {
  CancelledError,
  InterruptedError,
  RefNotFoundError,
  type ShipitError,
  StepFailedError,
} from '../../errors.ts'
import type { OutcomeEvent } from '../../protocol/event.ts'
import { describeRef, type Ref } from '../../protocol/request.ts'
import { NOTHING_TOUCHED } from '../../results/progress.ts'
import { deployWords, nameCommand } from '../../words/command.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Expected } from './expected-run.ts'

/** Of a run that began to change what is live and did not end well: its publish steps, by name. */
export type LeftBehind = {
  commit?: string
  done: readonly string[]
  /** failed, or ended with the run */
  broken: readonly string[]
  notRun: readonly string[]
  /** where a step writes, as far as it is known; null for one that only looks */
  writes?: ReadonlyMap<string, string | null>
}

/** Enough of a commit to be one of its kind in any repository. */
const SHOWN_DIGITS = 12

/**
 * Makes the error of an outcome other than success.
 * @param seen the run's own ref, where it went back to if it was a rollback, and what it left behind if it had begun to change
 * what is live
 */
export function explainOutcome(
  outcome: OutcomeEvent,
  { host, environment, origin, request, knownRefs }: Expected,
  seen: { ref?: Ref | undefined; to?: string | undefined; left?: LeftBehind | undefined },
): ShipitError {
  const asked = seen.ref ?? request.ref
  const ref = asked ? describeRef(asked) : 'ref'
  const step = outcome.step === undefined ? 'the run' : `step '${outcome.step}'`
  const { back, tried, backStep } = outcome
  const wentBack = back !== undefined || tried !== undefined
  const left = wentBack ? '' : describeLeft(seen.left, outcome)
  const details = {
    ...{ run: outcome.run, step: outcome.step, status: outcome.status },
    ...defined({ left: left || undefined, back, tried, backStep }),
  }
  const tail = `${left === '' ? '' : `: ${left}`}${describeBack(outcome)}`
  const deploy = nameCommand(deployWords({ ref: asked, flags: request.flags }), environment)
  const mend = whatNow(outcome, seen, { deploy, environment })
  if (outcome.reason === 'ref-not-found') {
    return new RefNotFoundError(
      `the repository of '${host}' has no ${ref}, or ${request.commit === undefined ? 'it does not lead to a commit' : 'the commit is not on it'}`,
      {
        details,
        suggestions: [
          ...(asked ? didYouMean(asked.name, knownRefs?.() ?? []) : []),
          `Check the name, and whether it was pushed: git ls-remote ${shellWord(origin ?? 'origin')}`,
          NOTHING_TOUCHED,
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
          "If it needs longer, raise the step's timeout in deploy.config.ts and install the recipe again.",
        ],
      },
    )
  }
  if (outcome.outcome === 'cancelled') {
    const by = outcome.by === undefined ? '' : ` by ${outcome.by}`
    return new CancelledError(`the run on '${host}' was cancelled${by}${tail}`, {
      details,
      suggestions: seen.left ? mend : [NOTHING_TOUCHED],
    })
  }
  if (outcome.outcome === 'interrupted') {
    const died = 'the host or its run died'
    return new InterruptedError(`the run on '${host}' was interrupted in ${step}: ${died}${tail}`, {
      details,
      suggestions: seen.left ? mend : ['Deploy again: there is nothing to clean up.'],
    })
  }
  if (outcome.reason === 'impossible') {
    return new StepFailedError(`${step} cannot be done on '${host}', and nothing was published`, {
      details,
      suggestions: ['The last lines of the log say why.', ...mend],
    })
  }
  if (outcome.reason === 'log-full') {
    return new StepFailedError(`${step} filled the log of the run on '${host}' and was ended${tail}`, {
      details,
      suggestions: mend,
    })
  }
  if (outcome.reason === 'storage') {
    return new StepFailedError(
      `'${host}' could not write the records of the run: it stopped in ${step}${tail}`,
      {
        details,
        suggestions: [
          'Look at /var/lib/shipit there: full (df), read-only (mount), or owned by another account (ls -ld).',
          ...mend,
        ],
      },
    )
  }
  return new StepFailedError(`${step} failed with status ${outcome.status ?? '?'} on '${host}'${tail}`, {
    details,
    suggestions: mend,
  })
}

function whatNow(
  { outcome, back, tried, backStep }: OutcomeEvent,
  { left, to }: { left?: LeftBehind | undefined; to?: string | undefined },
  { deploy, environment }: { deploy: string; environment: string | undefined },
): string[] {
  const again = outcome === 'cancelled' ? 'Deploy again' : 'Fix the cause and deploy again'
  if (back !== undefined && backStep === undefined)
    return [`The release before it is live again. Fix the cause and deploy: ${deploy}`]
  if (back !== undefined) {
    return [
      `What was live before is back, and '${backStep}' fails there as well: the cause may lie outside the release.`,
      `Fix it and deploy: ${deploy}`,
    ]
  }
  if (!left) return [NOTHING_TOUCHED, `${again}: ${deploy}`]
  const target = tried ?? to
  if (target !== undefined) {
    return [
      `Fix the cause, then finish the rollback: ${nameCommand(`rollback --to ${target}`, environment)}`,
      `Or deploy something that works: ${deploy}`,
    ]
  }
  return [
    `${again}: ${deploy}`,
    `Or go back to the last good run, if there is one: ${nameCommand('rollback', environment)}`,
  ]
}

/** Says how far a host came that went back by itself. */
function describeBack({ back, tried, backStep }: OutcomeEvent): string {
  const failed = backStep === undefined ? '' : `'${backStep}' failed`
  if (back !== undefined)
    return `; the host went back by itself to run ${back}${failed && `, where ${failed} as well`}`
  if (tried === undefined) return ''
  return `; the host started to go back by itself to run ${tried} and did not reach it${failed && `: ${failed}`}: what is live may be partly of one run and partly of the other`
}

/** Says what is live now: "/var/www/ is at 1a2b3c4d5e6f; apachectl restart did not run". */
function describeLeft(left: LeftBehind | undefined, { outcome }: OutcomeEvent): string {
  if (!left) return ''
  const at = left.commit === undefined ? 'new' : `at ${left.commit.slice(0, SHOWN_DIGITS)}`
  const isSync = (name: string) => left.writes?.get(name) != null || name.startsWith(SYNC)
  const target = (name: string) => left.writes?.get(name) ?? `the target of ${name}`
  const words = [
    ...left.done.map((name) => (isSync(name) ? `${target(name)} is ${at}` : `${name} ran`)),
    ...left.broken.flatMap((name) => {
      if (isSync(name)) return mayBeNew(target(name))
      // of a step that failed the message itself says so
      return outcome === 'cancelled' || outcome === 'interrupted' ? `${name} did not finish` : []
    }),
    ...left.notRun.map((name) => `${name} did not run`),
  ]
  return words.join('; ')
}

/** A link is the one or the other; a folder may be between them. */
function mayBeNew(target: string): string {
  return target.startsWith('/') && !target.endsWith('/')
    ? `${target} may be updated`
    : `${target} may be partly updated`
}

/** How the name of an rsync step begins, if it was given none. */
const SYNC = 'rsync '
