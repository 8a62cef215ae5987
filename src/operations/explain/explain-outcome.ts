// Says to people why a run did not succeed, what it left behind, and what they can do.

import { defined } from '../../defined.ts'
import {
  CancelledError,
  InterruptedError,
  RefNotFoundError,
  type ShipitError,
  StepFailedError,
} from '../../errors.ts'
import type { OutcomeEvent, RunEvent } from '../../protocol/event.ts'
import { describeRef, type Ref } from '../../protocol/request.ts'
import { NOTHING_TOUCHED } from '../../results/progress.ts'
import { nameCommand } from '../../words/command.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { shellWord } from '../../words/shell-word.ts'
import { describeBack, describeLeft, type LeftBehind } from './describe-left.ts'
import { type Expected, wordsAgain } from './expected-run.ts'

/** The status of sh and env(1) for a program that is not there. */
const NOT_FOUND = 127
const WHERE_PROGRAMS_ARE =
  "Status 127 means that a program was not found. On a host, one without a path is looked for in /usr/sbin, /usr/bin, /sbin, /bin and /usr/local/bin: give its path, or set PATH in the step's env."

/** What is known besides the outcome: what the host says that it ran, and what that left behind. */
type Seen = { run?: RunEvent | undefined; left?: LeftBehind | undefined }

/** What the explanations share. */
type Ended = {
  outcome: OutcomeEvent
  expected: Expected
  /** that was deployed, or was to be */
  ref: Ref | undefined
  /** `step 'make'`, or `the run` where no step is to blame */
  step: string
  /** what is live now, as the end of a sentence: empty if nothing was touched */
  tail: string
  hasLeft: boolean
  details: Readonly<Record<string, unknown>>
  /** what a person can do next */
  next: readonly string[]
}

/**
 * Makes the error of an outcome other than success.
 * @param seen `left` only if the run had begun to change what is live
 */
export function explainOutcome(outcome: OutcomeEvent, expected: Expected, seen: Seen): ShipitError {
  const ended = describeEnd(outcome, expected, seen)
  if (outcome.reason === 'ref-not-found') return explainRefNotFound(ended)
  if (outcome.outcome === 'timed-out') return explainTimeout(ended)
  if (outcome.outcome === 'cancelled') return explainCancelled(ended)
  if (outcome.outcome === 'interrupted') return explainInterrupted(ended)
  if (outcome.reason === 'impossible') return explainImpossible(ended)
  if (outcome.reason === 'log-full') return explainFullLog(ended)
  if (outcome.reason === 'storage') return explainStorage(ended)
  return explainFailed(ended)
}

function describeEnd(outcome: OutcomeEvent, expected: Expected, seen: Seen): Ended {
  const { environment } = expected
  const request = { ...expected.request, ...(expected.request.verb === 'attach' ? askedFor(seen.run) : {}) }
  const ref = seen.run?.ref ?? request.ref
  const { back, tried, backStep } = outcome
  const wentBack = back !== undefined || tried !== undefined
  const left = wentBack ? '' : describeLeft(seen.left, outcome)
  const deploy = nameCommand(wordsAgain({ ...expected, request }, ref), environment)
  return {
    ...{ outcome, expected, ref, hasLeft: seen.left !== undefined },
    step: outcome.step === undefined ? 'the run' : `step '${outcome.step}'`,
    tail: `${left === '' ? '' : `: ${left}`}${describeBack(outcome)}`,
    details: {
      ...{ run: outcome.run, step: outcome.step, status: outcome.status },
      ...defined({ left: left || undefined, back, tried, backStep }),
    },
    next: whatNow(outcome, { left: seen.left, to: seen.run?.to }, { deploy, environment }),
  }
}

/** What a run that was only found had been asked to be; of a rollback nobody would deploy the same again. */
function askedFor(run: RunEvent | undefined): Pick<Expected['request'], 'commit' | 'flags' | 'back'> {
  if (!run || run.to !== undefined) return {}
  const flags = run.flags.map((flag) => {
    const [name = '', value] = flag.split('=', 2)
    return { name, ...defined({ value }) }
  })
  return { flags, ...defined({ commit: run.commit, back: run.back }) }
}

function explainRefNotFound({ expected, ref, details }: Ended): ShipitError {
  const { host, origin, request, knownRefs, isOnlyHere } = expected
  const whereIsIt = (): string[] => {
    if (ref && request.commit === undefined && isOnlyHere?.())
      return [`It is in your checkout and was not pushed: git push origin ${shellWord(ref.name)}`]
    return [
      ...(ref ? didYouMean(ref.name, knownRefs?.() ?? []) : []),
      `Check the name, and whether it was pushed: git ls-remote ${shellWord(origin ?? 'origin')}`,
    ]
  }
  const why = request.commit === undefined ? 'it does not lead to a commit' : 'the commit is not on it'
  return new RefNotFoundError(
    `the repository of '${host}' has no ${ref ? describeRef(ref) : 'ref'}, or ${why}`,
    {
      details,
      suggestions: [...whereIsIt(), NOTHING_TOUCHED],
    },
  )
}

function explainTimeout({ outcome, expected, step, tail, details, next }: Ended): ShipitError {
  return new StepFailedError(
    `${step} ran out of time (${outcome.limitSeconds ?? '?'} s) on '${expected.host}'${tail}`,
    {
      details,
      suggestions: [
        ...next,
        "If it needs longer, raise the step's timeout in deploy.config.ts and install the recipe again.",
      ],
    },
  )
}

function explainCancelled({ outcome, expected, tail, hasLeft, details, next }: Ended): ShipitError {
  const by = outcome.by === undefined ? '' : ` by ${outcome.by}`
  return new CancelledError(`the run on '${expected.host}' was cancelled${by}${tail}`, {
    details,
    suggestions: hasLeft ? next : [NOTHING_TOUCHED],
  })
}

function explainInterrupted({ expected, step, tail, hasLeft, details, next }: Ended): ShipitError {
  return new InterruptedError(
    `the run on '${expected.host}' was interrupted in ${step}: the host or its run died${tail}`,
    { details, suggestions: hasLeft ? next : ['Deploy again: there is nothing to clean up.'] },
  )
}

function explainImpossible({ expected, step, details, next }: Ended): ShipitError {
  return new StepFailedError(`${step} cannot be done on '${expected.host}', and nothing was published`, {
    details,
    suggestions: ['The last lines of the log say why.', ...next],
  })
}

function explainFullLog({ expected, step, tail, details, next }: Ended): ShipitError {
  return new StepFailedError(`${step} filled the log of the run on '${expected.host}' and was ended${tail}`, {
    details,
    suggestions: next,
  })
}

function explainStorage({ expected, step, tail, details, next }: Ended): ShipitError {
  return new StepFailedError(
    `'${expected.host}' could not write the records of the run: it stopped in ${step}${tail}`,
    {
      details,
      suggestions: [
        'Look at /var/lib/shipit there: full (df), read-only (mount), or owned by another account (ls -ld).',
        ...next,
      ],
    },
  )
}

function explainFailed({ outcome, expected, step, tail, details, next }: Ended): ShipitError {
  return new StepFailedError(
    `${step} failed with status ${outcome.status ?? '?'} on '${expected.host}'${tail}`,
    { details, suggestions: [...(outcome.status === NOT_FOUND ? [WHERE_PROGRAMS_ARE] : []), ...next] },
  )
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
