// Says from what hosts have told why a run can't be gone back to, before any of them is asked to go there.
import { RefNotFoundError } from '../errors.ts'
import type { Live } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import type { HistoryEntry } from './ask-history.ts'
import type { Target } from './follow-run.ts'

/** What is known before a rollback. */
export type WayBack = {
  targets: readonly Target[]
  /** all hosts' histories, newest first */
  entries: readonly HistoryEntry[]
  /** what is live, where all hosts have told it and have the same */
  live: Live | undefined
  /** the run that was named */
  to: string | undefined
  /** the run that was named, or that the hosts will choose */
  entry: HistoryEntry | undefined
}

/**
 * Checks that there is a run to go back to. Where hosts differ it leaves the answer to them.
 * @throws RefNotFoundError
 */
export function checkWayBack({ targets, entries, live, to, entry }: WayBack): void {
  const environment = targets[0]?.environment
  const where = targets.map(({ host }) => host).join(', ')
  const suggestions = [
    `See which runs succeeded: ${nameCommand('history', environment)}`,
    ...(to === undefined
      ? []
      : [`Go back to the newest good run before what is live: ${nameCommand('rollback', environment)}`]),
  ]
  if (to !== undefined) {
    const why = entry ? whyNotGood(entry, entries) : `there is no run ${to} on ${where}`
    if (why !== undefined) throw new RefNotFoundError(why, { suggestions })
  }
  // with several hosts a run may have been left on one and be good on another
  if (targets.length !== 1 || entry) return
  if (entries.length === 0) throw new RefNotFoundError(`nothing was deployed on ${where} yet`)
  if (live && entries.some(({ run }) => run.run === live.run))
    throw new RefNotFoundError(`there is no good run on ${where} before what is live`, { suggestions })
}

function whyNotGood({ run, hosts }: HistoryEntry, entries: readonly HistoryEntry[]): string | undefined {
  const good = hosts.filter(({ outcome }) => outcome?.outcome === 'succeeded')
  if (good.length === 0) return `run ${run.run} ${fate(hosts[0])}`
  const left = good.every(({ host }) =>
    entries.some(
      (entry) =>
        entry.run.from === run.run &&
        entry.hosts.some((each) => each.host === host && each.outcome?.outcome === 'succeeded'),
    ),
  )
  return left ? `run ${run.run} was rolled back from` : undefined
}

function fate(result: HistoryEntry['hosts'][number] | undefined): string {
  if (!result?.outcome) return result?.running ? 'goes on' : 'has no outcome'
  const { outcome, step } = result.outcome
  const where = step === undefined ? '' : ` in ${step}`
  if (outcome === 'timed-out') return `ran out of time${where}`
  return outcome === 'failed' ? `failed${where}` : `was ${outcome}${where}`
}
