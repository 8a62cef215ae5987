// Says from what hosts have told where a rollback goes, or why it can't, before any of them is asked to go there.
import { RefNotFoundError, type ShipitError, UsageError } from '../errors.ts'
import type { EventOf, Live, RefusalReason } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import type { History, HistoryEntry, HostHistory } from './ask-history.ts'
import { explainRefusal } from './explain-refusal.ts'
import { findWayBack, leftRuns } from './find-way-back.ts'
import type { Target } from './follow-run.ts'

/** What a person wants. */
export type Wish = {
  app: string
  targets: readonly Target[]
  /** of the local recipe */
  digest: string
  /** the run that was named */
  to: string | undefined
}

/** Where a rollback goes. */
export type RollbackPlan = {
  /** the run that is gone back to; without one only the host knows, since its history tells too little */
  target: HistoryEntry | undefined
  /** what is live where, hosts that have the same together */
  live: readonly { hosts: readonly string[]; live: Live | undefined }[]
}

/**
 * Plans a rollback. All hosts go back to the same run: where each would choose another one, a person has to name it.
 * @throws RefNotFoundError, UsageError; what a host would refuse it with; the error of a host if none answered
 */
export function planRollback(wish: Wish, { entries, hosts, errors }: History): RollbackPlan {
  const { to } = wish
  const [silent] = errors
  if (hosts.length === 0 && silent) throw silent.error
  for (const each of hosts) {
    const error = whyRefused(wish, each)
    if (error) throw error
  }
  const live = [
    ...Map.groupBy(hosts, ({ status }) => `${status?.live?.run} ${status?.live?.how}`).values(),
  ].map((group) => ({ hosts: group.map(({ host }) => host), live: group[0]?.status?.live }))
  const wanted = to ?? chooseForAll(wish, hosts)
  if (wanted === undefined) return { target: undefined, live }
  const target = entries.find(({ run }) => run.run === wanted)
  if (to !== undefined) checkNamed(wish, to, target, hosts)
  return { target, live }
}

/** What a host has told already that it will answer. */
function whyRefused({ app, targets, digest, to }: Wish, host: HostHistory): ShipitError | undefined {
  const target = targets.find((each) => each.host === host.host)
  const { lock, holder, freeze } = host.status ?? {}
  const refuse = (reason: RefusalReason, more: Partial<EventOf<'refused'>> = {}) =>
    explainRefusal(
      { event: 'refused', time: '', reason, exit: 75, ...more },
      {
        host: host.host,
        ...(target?.environment === undefined ? {} : { environment: target.environment }),
        request: { run: '', app, verb: 'rollback', ...(to === undefined ? {} : { to }) },
      },
    )
  if (host.digest !== undefined && host.digest !== digest) return refuse('drift')
  if (freeze) return refuse('frozen', { freeze })
  if (lock === 'held') return refuse('locked', holder ? { holder } : {})
  return lock === 'busy' ? refuse('busy', holder ? { holder } : {}) : undefined
}

/** @returns nothing where only the hosts know */
function chooseForAll({ targets }: Wish, hosts: readonly HostHistory[]): string | undefined {
  const environment = targets[0]?.environment
  const where = hosts.map(({ host }) => host).join(', ')
  if (hosts.every(({ entries }) => entries.length === 0))
    throw new RefNotFoundError(`nothing was deployed on ${where} yet`)
  const choices = hosts.map(({ host, entries, status }) => ({
    host,
    live: status?.live?.run,
    isKnown: status?.live !== undefined && entries.some(({ run }) => run.run === status.live?.run),
    to: findWayBack(entries, status?.live?.run)?.run,
  }))
  const [first] = choices
  if (choices.every(({ to }) => to === first?.to)) {
    if (first?.to !== undefined || choices.some(({ isKnown }) => !isKnown)) return first?.to
    throw new RefNotFoundError(`there is no good run on ${where} before what is live`, {
      suggestions: [`See which runs succeeded: ${nameCommand('history', environment)}`],
    })
  }
  const ways = choices.map(
    ({ host, live, to }) =>
      `${host} ${live === undefined ? 'has nothing live' : `is at run ${live}`}, and would go back to ${to === undefined ? 'none' : `run ${to}`}`,
  )
  const runs = [...new Set(choices.flatMap(({ to }) => to ?? []))]
  throw new UsageError(`the hosts differ, say where to go: ${ways.join('; ')}`, {
    suggestions: [
      ...runs.map((run) => nameCommand(`rollback --to ${run}`, environment)),
      'Or one host at a time, with --host.',
    ],
  })
}

/** With several hosts a run may have been left on one and be good on another: then the others answer for themselves. */
function checkNamed(
  { targets }: Wish,
  to: string,
  entry: HistoryEntry | undefined,
  hosts: readonly HostHistory[],
): void {
  const environment = targets[0]?.environment
  const why = entry
    ? whyNotGood(entry, hosts)
    : `there is no run ${to} on ${hosts.map(({ host }) => host).join(', ')}`
  if (why === undefined) return
  throw new RefNotFoundError(why, {
    suggestions: [
      `See which runs succeeded: ${nameCommand('history', environment)}`,
      `Go back to the newest good run before what is live: ${nameCommand('rollback', environment)}`,
    ],
  })
}

function whyNotGood({ run, hosts }: HistoryEntry, all: readonly HostHistory[]): string | undefined {
  const good = hosts.filter(({ outcome }) => outcome?.outcome === 'succeeded')
  if (good.length === 0) return `run ${run.run} ${fate(hosts[0])}`
  const isLeft = (name: string) => leftRuns(all.find(({ host }) => host === name)?.entries ?? []).has(run.run)
  return good.every(({ host }) => isLeft(host)) ? `run ${run.run} was rolled back from` : undefined
}

function fate(result: HistoryEntry['hosts'][number] | undefined): string {
  if (!result?.outcome) return result?.running ? 'goes on' : 'has no outcome'
  const { outcome, step } = result.outcome
  const where = step === undefined ? '' : ` in ${step}`
  if (outcome === 'timed-out') return `ran out of time${where}`
  return outcome === 'failed' ? `failed${where}` : `was ${outcome}${where}`
}
