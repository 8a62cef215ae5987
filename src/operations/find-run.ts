// Finds the run that a person means when no id is given.
import { RefNotFoundError, type ShipitError, UsageError } from '../errors.ts'
import type { RunEvent } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import { askHistory, type HistoryEntry } from './ask-history.ts'
import type { Target } from './follow-run.ts'

/** A run, and the targets that have it. */
export type FoundRun = { run: RunEvent & { time: string }; targets: readonly Target[] }

/** An id; the run that goes on; that or the newest; the one that goes on, or if that is none or several, what somebody picks. */
export type Wanted = { id: string } | 'running' | 'newest' | { pick: Pick }

/** Picks one of the newest runs. @returns nothing if none is wanted */
export type Pick = (newest: readonly HistoryEntry[]) => Promise<HistoryEntry | undefined>

/** As many are offered: each has one digit. */
const OFFERED = 9

/** How far back a run is looked for. */
const LIMIT = 200

/**
 * Finds a run by its id, or the one that goes on, or the newest.
 * @throws RefNotFoundError; UsageError if several go on, or none was picked; the error of a host if none answered
 */
export async function findRun(targets: readonly Target[], app: string, wanted: Wanted): Promise<FoundRun> {
  const { entries, errors } = await askHistory(targets, app, LIMIT)
  const [firstError] = errors
  if (firstError && errors.length === targets.length) throw firstError.error
  const found = await choose(entries, wanted)
  if (!found) throw notFound(wanted, entries, targets[0]?.environment)
  const hosts = new Set(found.hosts.map(({ host }) => host))
  return { run: found.run, targets: targets.filter(({ host }) => hosts.has(host)) }
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
      : 'no run goes on there'
  return new RefNotFoundError(what, { suggestions })
}
