// Finds the run that a person means when no id is given.
import { RefNotFoundError, type ShipitError, UsageError } from '../errors.ts'
import type { RunEvent } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import { askHistory, type HistoryEntry } from './ask-history.ts'
import type { Target } from './follow-run.ts'

/** A run, and the targets that have it. */
export type FoundRun = { run: RunEvent & { time: string }; targets: readonly Target[] }

/** How far back a run is looked for. */
const LIMIT = 200

/**
 * Finds a run by its id, or the one that goes on, or the newest.
 * @param wanted an id; 'running' is the one that goes on, 'newest' that or the last one
 * @throws RefNotFoundError, UsageError if several go on; the error of a host if none answered
 */
export async function findRun(
  targets: readonly Target[],
  app: string,
  wanted: { id: string } | 'running' | 'newest',
): Promise<FoundRun> {
  const { entries, errors } = await askHistory(targets, app, LIMIT)
  const [firstError] = errors
  if (firstError && errors.length === targets.length) throw firstError.error
  const found = choose(entries, wanted)
  if (!found) throw notFound(wanted, entries, targets[0]?.environment)
  const hosts = new Set(found.hosts.map(({ host }) => host))
  return { run: found.run, targets: targets.filter(({ host }) => hosts.has(host)) }
}

function choose(
  entries: readonly HistoryEntry[],
  wanted: { id: string } | 'running' | 'newest',
): HistoryEntry | undefined {
  if (typeof wanted === 'object') return entries.find(({ run }) => run.run === wanted.id)
  const running = entries.filter(({ hosts }) => hosts.some((host) => host.running))
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
  wanted: { id: string } | 'running' | 'newest',
  entries: readonly HistoryEntry[],
  environment: string | undefined,
): ShipitError {
  const [newest] = entries
  const command = (words: string) => nameCommand(words, environment)
  const suggestions = newest
    ? [`The newest is ${newest.run.run}: ${command('log')}`, `See them all: ${command('history')}`]
    : ['Nothing was deployed there yet.']
  const what =
    typeof wanted === 'object' ? `there is no run '${wanted.id}' on these hosts` : 'no run goes on there'
  return new RefNotFoundError(what, { suggestions })
}
