// Says from what hosts have told where a rollback goes, or why it can't, before any of them is asked to go there.

import { defined } from '../../defined.ts'
import { EXIT_CODES, RefNotFoundError, type ShipitError, UsageError } from '../../errors.ts'
import type { EventOf, Live, RefusalReason } from '../../protocol/event.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'
import { nameCommand } from '../../words/command.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import type { History } from './ask-history.ts'
import { commitOn, type HostHistory, wordOf } from './history-entry.ts'

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
  to: string
  /** the hosts on which it was rolled back from */
  leftOn: readonly string[]
  /** from where to where; hosts that say the same of both together */
  ways: readonly WayBack[]
}

/** What some hosts say alike. */
export type WayBack = {
  hosts: readonly string[]
  live: Live | undefined
  /** what their history still has of the run that is live, and of the one that is gone back to */
  liveRun: KnownRun | undefined
  target: KnownRun | undefined
  /** that the target put in place, as far as it is known */
  commit: string | undefined
}

type KnownRun = HistoryEntry['run']

/**
 * Plans a rollback. All hosts go back to the same run: where each would choose another one, a person has to name it.
 * @throws RefNotFoundError, UsageError; what a host would refuse it with; the error of a host if none answered
 */
export function planRollback(wish: Wish, { hosts, errors }: History): RollbackPlan {
  const { to } = wish
  const [silent] = errors
  if (hosts.length === 0 && silent) throw silent.error
  for (const each of hosts) {
    const error = whyRefused(wish, each)
    if (error) throw error
  }
  const chosen = to ?? chooseForAll(wish, hosts)
  if (to !== undefined) checkNamed(wish, to, hosts)
  const leftOn = hosts.filter(({ bad }) => bad.has(chosen)).map(({ host }) => host)
  return { to: chosen, leftOn, ways: findWays(chosen, hosts) }
}

/** What is live and where it goes counts for the host that says it, and for those that say just the same. */
function findWays(to: string, hosts: readonly HostHistory[]): WayBack[] {
  const ways = hosts.map((each) => {
    const target = entryOf(each, to)
    const live = each.status?.live
    return {
      hosts: [each.host],
      live,
      liveRun: live && entryOf(each, live.run)?.run,
      target: target?.run,
      commit: target && commitOn(each.host, target),
    }
  })
  const word = (run: KnownRun | undefined) => run && wordOf(run)
  const alike = Map.groupBy(ways, ({ live, liveRun, target, commit }) =>
    JSON.stringify([live, word(liveRun), word(target), commit]),
  )
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => ({ ...first, hosts: group.flatMap((each) => each.hosts) })),
  )
}

function entryOf({ entries }: HostHistory, id: string): HistoryEntry | undefined {
  return entries.find(({ run }) => run.run === id)
}

/** What a host has told already that it will answer. */
function whyRefused({ app, targets, digest, to }: Wish, host: HostHistory): ShipitError | undefined {
  const target = targets.find((each) => each.host === host.host)
  const { lock, holder, freeze } = host.status ?? {}
  const refuse = (reason: RefusalReason, more: Partial<EventOf<'refused'>> = {}) =>
    explainRefusal(
      { event: 'refused', time: '', reason, exit: EXIT_CODES.locked, ...more },
      {
        host: host.host,
        ...defined({ environment: target?.environment }),
        request: { run: '', app, verb: 'rollback', ...defined({ to }) },
      },
    )
  if (host.digest !== undefined && host.digest !== digest) return refuse('drift')
  if (freeze) return refuse('frozen', { freeze })
  if (lock === 'held') return refuse('locked', defined({ holder }))
  return lock === 'busy' ? refuse('busy', defined({ holder })) : undefined
}

/** Where each host would go by itself, if that is one run. */
function chooseForAll({ targets }: Wish, hosts: readonly HostHistory[]): string {
  const environment = targets[0]?.environment
  const where = names(hosts)
  if (hosts.every(({ entries }) => entries.length === 0))
    throw new RefNotFoundError(`nothing was deployed on ${where} yet`)
  const [first] = hosts
  const target = first?.status?.target
  if (hosts.every(({ status }) => status?.target === target)) {
    if (target !== undefined) return target
    throw new RefNotFoundError(`${where} has no good run before the live one`, {
      suggestions: [`See which runs succeeded: ${nameCommand('history', environment)}`],
    })
  }
  const alike = Map.groupBy(hosts, ({ status }) => `${status?.live?.run} ${status?.target}`)
  const ways = [...alike.values()].map((group) => {
    const { live, target: to } = group[0]?.status ?? {}
    return `${names(group)}: ${live === undefined ? 'nothing is live' : `run ${live.run} is live`}, and it would go back to ${to === undefined ? 'none' : `run ${to}`}`
  })
  const canAll = (run: string) => hosts.every(({ good }) => good.has(run))
  const common = [...new Set(hosts.flatMap(({ status }) => status?.target ?? []))].filter(canAll)
  throw new UsageError(`the hosts would go back to different runs: ${ways.join('; ')}`, {
    suggestions: [
      ...common.map((run) => nameCommand(`rollback --to ${run}`, environment)),
      ...(common.length > 0
        ? []
        : [`To see what they have in common: ${nameCommand('history', environment)}`]),
      'Or one host at a time, with --host.',
    ],
  })
}

/** Every host must be able to go there: all are to have the same afterwards. */
function checkNamed({ targets }: Wish, to: string, hosts: readonly HostHistory[]): void {
  const unable = hosts.filter(({ good }) => !good.has(to))
  if (unable.length === 0) return
  const environment = targets[0]?.environment
  const alike = Map.groupBy(unable, (host) => whyNotGood(entryOf(host, to)))
  const whys = [...alike].map(([why, group], index) =>
    index === 0 ? `${names(group)} can't go back to run ${to}: ${why}` : `${names(group)}: ${why}`,
  )
  throw new RefNotFoundError(whys.join('; '), {
    suggestions: [
      `See which runs succeeded: ${nameCommand('history', environment)}`,
      unable.length < hosts.length
        ? 'Or go back only on the other hosts, with --host.'
        : `Go back to the newest good run before the live one: ${nameCommand('rollback', environment)}`,
    ],
  })
}

/** As many are named. */
const MAX_NAMES = 5

function names(hosts: readonly HostHistory[]): string {
  const named = hosts.slice(0, MAX_NAMES).map(({ host }) => host)
  const more = hosts.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function whyNotGood(entry: HistoryEntry | undefined): string {
  const result = entry?.hosts[0]
  if (!result) return 'no such run there'
  if (result.outcome?.outcome !== 'succeeded') return `it ${fate(result)}`
  return 'it published nothing, or is no longer kept'
}

function fate(result: HistoryEntry['hosts'][number] | undefined): string {
  if (!result?.outcome) return result?.running ? 'is still running' : 'has no outcome'
  const { outcome, step } = result.outcome
  const where = step === undefined ? '' : ` in ${step}`
  if (outcome === 'timed-out') return `ran out of time${where}`
  return outcome === 'failed' ? `failed${where}` : `was ${outcome}${where}`
}
