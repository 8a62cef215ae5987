// Finds the run that a person means when no id is given.
import { RefNotFoundError, type ShipitError, UsageError } from '../../errors.ts'
import type { RunEvent } from '../../protocol/event.ts'
import { nameCommand } from '../../words/command.ts'
import type { Target } from '../explain/callee.ts'
import { askHistory, type History, type HistoryEntry, type HostResult } from './ask-history.ts'

/** A run, the targets that have it, those of them where it may go on, and the hosts that did not answer. */
export type FoundRun = {
  run: RunEvent & { time: string }
  targets: readonly Target[]
  running: readonly Target[]
  errors: History['errors']
}

/** An id; the run that goes on; that or the newest; the one that goes on, or if that is none or several, what somebody picks. */
export type Wanted = { id: string } | 'running' | 'newest' | { pick: Pick }

/** Picks one of the newest runs. @returns nothing if none is wanted */
export type Pick = (newest: readonly HistoryEntry[]) => Promise<HistoryEntry | undefined>

/** As many are offered: each has one digit. */
const OFFERED = 9

/** How far back a run is looked for, and how far one that is named. */
const LIMIT = 200
const MOST = 1000

/**
 * Finds a run by its id, or the one that goes on, or the newest.
 * @throws RefNotFoundError; UsageError if several go on, or none was picked; the error of a host that did not answer, if
 * those that did do not have it
 */
export async function findRun(targets: readonly Target[], app: string, wanted: Wanted): Promise<FoundRun> {
  let { entries, errors } = await askHistory(targets, app, LIMIT)
  let found = await choose(entries, wanted)
  if (!found && typeof wanted === 'object' && 'id' in wanted && entries.length >= LIMIT) {
    ;({ entries, errors } = await askHistory(targets, app, MOST))
    found = await choose(entries, wanted)
  }
  // that there is none only all of them can say
  const [silent] = errors
  if (!found && silent) throw silent.error
  if (!found) throw notFound(wanted, entries, targets[0]?.environment)
  const on = (hosts: readonly HostResult[]) =>
    targets.filter(({ host }) => hosts.some((each) => each.host === host))
  return {
    run: found.run,
    targets: on(found.hosts),
    running: on(found.hosts.filter(({ outcome }) => !outcome)),
    errors,
  }
}

async function choose(entries: readonly HistoryEntry[], wanted: Wanted): Promise<HistoryEntry | undefined> {
  if (typeof wanted === 'object' && 'id' in wanted) return entries.find(({ run }) => run.run === wanted.id)
  const running = entries.filter(({ hosts }) => hosts.some((host) => host.running))
  if (typeof wanted === 'object' && running.length !== 1 && entries.length > 0) {
    const picked = await wanted.pick(entries.slice(0, OFFERED))
    if (!picked) throw new UsageError('no run was chosen')
    return picked
  }
  if (running.length > 1) {
    throw new UsageError('more than one run goes on: say which with --run', {
      suggestions: running.map(
        ({ run }) => `--run ${run.run} (${run.ref.kind} '${run.ref.name}', by ${run.user})`,
      ),
    })
  }
  return running[0] ?? (wanted === 'newest' ? entries[0] : undefined)
}

function notFound(
  wanted: Wanted,
  entries: readonly HistoryEntry[],
  environment: string | undefined,
): ShipitError {
  const [newest] = entries
  const command = (words: string) => nameCommand(words, environment)
  const suggestions = newest
    ? [`The newest is ${newest.run.run}: ${command('log')}`, `See them all: ${command('history')}`]
    : ['Nothing was deployed there yet.']
  const what =
    typeof wanted === 'object' && 'id' in wanted
      ? `there is no run '${wanted.id}' on these hosts`
      : `no run goes on${environment === undefined ? ' there' : ` in ${environment}`}`
  return new RefNotFoundError(what, { suggestions })
}
