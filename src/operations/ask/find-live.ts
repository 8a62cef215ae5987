// Which commit an environment has: one that all of its hosts say is live, whole and by a run that went well.

import { ConnectionError, RefusedError, type ShipitError } from '../../errors.ts'
import type { HostStatus } from '../../results/host-answer.ts'
import { nameCommand } from '../../words/command.ts'
import { shortCommit } from '../../words/ref.ts'
import type { Target } from '../explain/callee.ts'
import { askStatus } from './ask-status.ts'

/** Asks all hosts of an environment. @throws RefusedError, ConnectionError with a sentence for each host that has not got it */
export async function findLive(
  targets: readonly Target[],
  { app, environment }: { app: string; environment: string },
): Promise<string> {
  return liveCommit(await askStatus(targets, { app }), environment)
}

/** The commit that all answers agree about. @throws RefusedError, ConnectionError */
function liveCommit(answers: readonly HostStatus[], environment: string): string {
  const problems = answers.flatMap((answer) => whyNot(answer) ?? [])
  const all = problems.length > 0 ? problems : differing(answers)
  const commit = answers[0]?.status?.live?.commit
  if (all.length === 0 && commit !== undefined) return commit
  throw explain(all, {
    environment,
    isUnreached: answers.every(({ error }) => error instanceof ConnectionError),
  })
}

/** Why a host speaks for no commit; nothing if it does. */
function whyNot({ host, status, lastRun, lastOutcome, error }: HostStatus): string | undefined {
  if (error) return error.message
  const { live, lock, holder } = status ?? {}
  if (!live) return `nothing is live on '${host}'`
  if (lock !== 'free') return `a run is still in progress on '${host}'${holder ? `: run ${holder.run}` : ''}`
  if (live.how === 'partial')
    return `what is live on '${host}' is only partly there: run ${live.run} did not succeed`
  const outcome = lastOutcome?.run === lastRun?.run ? lastOutcome?.outcome : undefined
  if (lastRun && outcome !== 'succeeded' && outcome !== 'superseded')
    return `the last run on '${host}' did not succeed: run ${lastRun.run} ${outcomeWords(outcome)}`
  if (live.commit === '-') return `what is live on '${host}' was deployed without a commit`
  return undefined
}

function outcomeWords(outcome: string | undefined): string {
  if (outcome === 'timed-out') return 'ran out of time'
  return outcome === 'failed' ? outcome : `was ${outcome ?? 'interrupted'}`
}

/** The hosts that have another commit than the one that was deployed last: a run's id begins with its time. */
function differing(answers: readonly HostStatus[]): string[] {
  const lives = answers.flatMap(({ host, status }) => (status?.live ? [{ host, ...status.live }] : []))
  const newest = lives.toSorted((one, other) => (one.run < other.run ? 1 : -1))[0]
  return lives
    .filter(({ commit }) => commit !== newest?.commit)
    .map(
      ({ host, commit }) =>
        `'${host}' is behind: ${shortCommit(commit)} is live there, and ${shortCommit(newest?.commit ?? '')} on '${newest?.host}'`,
    )
}

const MOST_SENTENCES = 20

function explain(
  problems: readonly string[],
  { environment, isUnreached }: { environment: string; isUnreached: boolean },
): ShipitError {
  const [first = '', ...others] = problems
  const start = `cannot deploy what is live in ${environment}:`
  const shown = problems.slice(0, MOST_SENTENCES).map((problem) => `  ${problem}`)
  const more = problems.length - shown.length
  const message =
    others.length === 0
      ? `${start} ${first}`
      : [start, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
  const suggestions = [
    `See what is live there: ${nameCommand('status', environment)}`,
    `Deploy there again: ${nameCommand('deploy', environment)}`,
  ]
  return isUnreached
    ? new ConnectionError(message, { suggestions: suggestions.slice(0, 1) })
    : new RefusedError(message, { suggestions })
}
