// Finds the run that a person means when no id is given.

import { RefNotFoundError, type ShipitError, UsageError } from '../../errors.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'
import { nameCommand } from '../../words/command.ts'
import type { Target } from '../explain/callee.ts'
import { askHistory, type History } from './ask-history.ts'
import { isWholeId, matchRun } from './match-run.ts'
import { newestOfEach } from './merge-histories.ts'
import { explainWaiting, hostsWaiting } from './waiting-run.ts'

/** A run, the targets that have it or may know of it, those of them where it may still be running, and the hosts that have nothing to tell of it. */
export type FoundRun = {
  /** its id */
  run: string
  /** what the hosts say of it: one entry, or one for each word where they differ */
  told: readonly HistoryEntry[]
  targets: readonly Target[]
  running: readonly Target[]
  /** those where it waits for the lock, if that was asked for */
  waiting: readonly Target[]
  /** the newest runs of hosts on which this one is not the newest */
  newer: readonly HistoryEntry[]
  /** what each host has told of all its runs */
  hosts: History['hosts']
  /** why a host did not answer, or, unless `waiting` was asked for, that the run waits there */
  errors: History['errors']
}

/**
 * Which run: by an id, its beginning or `last`, with `mayWait` also of a deploy that waits for the lock; the running one; the running one or
 * else the newest; the running one or else what a person picks.
 */
export type Wanted = { id: string; mayWait?: true } | 'running' | 'newest' | { pick: Pick }

/** Picks one of the newest runs. @returns nothing if none is wanted */
export type Pick = (newest: readonly HistoryEntry[]) => Promise<HistoryEntry | undefined>

/** As many are offered: each has one digit. */
const OFFERED = 9

/** How far back a run is looked for, and how far one that is named. */
const LIMIT = 200
const MOST = 1000

/**
 * Finds a run by its id, or the current one, or the newest.
 * @throws RefNotFoundError; LockedError if it only waits for the lock; UsageError if several are running, or none was picked; the error of a
 * host that did not answer, if those that did do not have it
 */
export async function findRun(targets: readonly Target[], app: string, wanted: Wanted): Promise<FoundRun> {
  // the beginning of an id is to be one among all
  const named = typeof wanted === 'object' && 'id' in wanted ? wanted : undefined
  const isBeginning = named !== undefined && !isWholeId(named.id)
  let history = await askHistory(targets, app, isBeginning ? MOST : LIMIT)
  if (named && !isBeginning && mayHaveMore(history, named.id)) history = await askHistory(targets, app, MOST)
  const { entries, hosts } = history
  const { id, told } = await choose(history, wanted)
  const results = told.flatMap((entry) => entry.hosts)
  // where it has just begun it may still have its place
  const lined = hostsWaiting(hosts, id).filter(({ host }) => !results.some((each) => each.host === host))
  const environment = targets[0]?.environment
  const waits = named?.mayWait
    ? []
    : lined.map((each) => ({ host: each.host, error: explainWaiting(each, id ?? '', environment) }))
  const errors = [...waits, ...history.errors]
  const isThere = id !== undefined && (told.length > 0 || (named?.mayWait && lined.length > 0))
  // one that no longer waits is in no history, and each host still knows who cancelled it
  const mayBeKnown = id !== undefined && named?.mayWait && !isBeginning
  // that there is none only all of them can say
  const [silent] = errors
  if (!isThere && !mayBeKnown && silent) throw silent.error
  if (!isThere && !mayBeKnown) throw notFound(wanted, entries, environment)
  const on = (some: readonly { host: string }[]) =>
    targets.filter(({ host }) => some.some((each) => each.host === host))
  return {
    run: id,
    told,
    targets: isThere ? on(results) : on(hosts),
    running: on(results.filter(({ outcome }) => !outcome)),
    waiting: named?.mayWait ? on(lined) : [],
    newer: hosts.flatMap(({ entries: own }) => own.slice(0, 1)).filter((own) => own.run.run !== id),
    hosts,
    errors,
  }
}

/** A host that told as many runs as it was asked for, and not this one. One that still waits somewhere is old nowhere. */
function mayHaveMore({ hosts }: History, id: string): boolean {
  if (hostsWaiting(hosts, id).length > 0) return false
  const has = (entries: readonly HistoryEntry[]) => entries.some(({ run }) => run.run === id)
  return hosts.some(({ entries }) => entries.length >= LIMIT && !has(entries))
}

/** The id that is meant, and all that is said of that run; nothing if there is none, or it has not begun. */
type Chosen = { id?: string | undefined; told: readonly HistoryEntry[] }

async function choose({ entries, hosts }: History, wanted: Wanted): Promise<Chosen> {
  const of = (id: string | undefined) => ({ id, told: entries.filter(({ run }) => run.run === id) })
  if (typeof wanted === 'object' && 'id' in wanted) {
    const waiting = hosts.flatMap((each) => each.waiting ?? [])
    return of(matchRun(entries, wanted.id, waiting))
  }
  const running = entries.filter((entry) => entry.hosts.some((host) => host.running))
  const [id, ...more] = new Set(running.map(({ run }) => run.run))
  if (typeof wanted === 'object' && (id === undefined || more.length > 0) && entries.length > 0) {
    const picked = await wanted.pick(newestOfEach(entries, hosts, OFFERED))
    if (!picked) throw new UsageError('no run chosen')
    return { id: picked.run.run, told: [picked] }
  }
  if (more.length > 0) {
    throw new UsageError('more than one run is in progress: choose one with --run', {
      suggestions: running.map(({ run, hosts: on }) => {
        const where = on.flatMap((each) => (each.running ? [each.host] : [])).join(', ')
        return `--run ${run.run} (${run.ref.kind} '${run.ref.name}', by ${run.user}, on ${where})`
      }),
    })
  }
  const [newest] = wanted === 'newest' ? entries : []
  return of(id ?? newest?.run.run)
}

function notFound(
  wanted: Wanted,
  entries: readonly HistoryEntry[],
  environment: string | undefined,
): ShipitError {
  const [newest] = entries
  const command = (words: string) => nameCommand(words, environment)
  const isNamed = typeof wanted === 'object' && 'id' in wanted
  const suggestions = newest
    ? [
        // what a named one was wanted for is not known here
        `The newest is ${newest.run.run}${isNamed ? '.' : `: ${command('log')}`}`,
        ...(isNamed && wanted.mayWait
          ? ['A deploy that was cancelled while it waited for the lock is not one of their runs.']
          : []),
        `All runs: ${command('history')}`,
      ]
    : ['Nothing was deployed there yet.']
  const what = isNamed
    ? `these hosts have no run '${wanted.id}'`
    : wanted === 'newest'
      ? `there is no run yet${environment === undefined ? '' : ` in ${environment}`}`
      : `no run is in progress${environment === undefined ? ' there' : ` in ${environment}`}`
  return new RefNotFoundError(what, { suggestions })
}
