// What follows from the runs of an environment: DORA's four keys, and its weeks.
import { defined } from '../../defined.ts'
import type { HistoryReport } from '../../json/lines.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'
import { isBad, joinStates } from './join-states.ts'

export type ReportedRun = HistoryReport['runs'][number]

const WEEK_MS = 7 * 86_400_000
/** 1970 began on a Thursday. */
const MONDAY_MS = 4 * 86_400_000

/**
 * Makes the runs of histories.
 * @param entries newest first, as hosts tell them: a run may have several, where hosts differ
 * @param committedAt when a commit was made, in ms since 1970, as far as that is known
 * @returns oldest first
 */
export function reportRuns(
  entries: readonly HistoryEntry[],
  committedAt: ReadonlyMap<string, number>,
): ReportedRun[] {
  const ids = [...Map.groupBy(entries, ({ run }) => run.run).values()].toReversed()
  const runs = ids.map((same): ReportedRun & { endMs: number | undefined } => {
    const [{ run }] = same as [HistoryEntry]
    const results = same.flatMap(({ hosts }) => hosts)
    const outcomes = results.flatMap(({ outcome }) => outcome ?? [])
    const state = joinStates(
      results.map(({ outcome, running }) => outcome?.outcome ?? (running ? 'running' : 'unknown')),
    )
    const times = outcomes.flatMap(({ ms }) => ms ?? [])
    const ends = outcomes.map(({ time }) => Date.parse(time))
    const endMs = ends.length > 0 ? Math.max(...ends) : undefined
    const commit = run.commit ?? outcomes.find((outcome) => outcome.commit)?.commit
    const isLeft = results.some(({ left, outcome }) => left || outcome?.back !== undefined)
    const committed = commit === undefined ? undefined : committedAt.get(commit)
    const isNew = run.to === undefined && state === 'succeeded'
    const leadMs = isNew && committed !== undefined && endMs !== undefined ? endMs - committed : undefined
    return {
      run: run.run,
      user: run.user,
      ref: run.ref,
      ...defined({ claimed: run.claimed, to: run.to }),
      began: run.time,
      state,
      hosts: results.length,
      ...defined({ ms: times.length > 0 ? Math.max(...times) : undefined, commit }),
      ...defined({ left: isLeft || undefined }),
      // a clock that is wrong says nothing
      ...defined({ leadMs: leadMs !== undefined && leadMs >= 0 ? leadMs : undefined }),
      endMs,
    }
  })
  return runs.map(({ endMs, ...run }, index) => {
    if (endMs === undefined || !(isBad(run.state) || run.left)) return run
    const next = runs.slice(index + 1).find((each) => each.state === 'succeeded' && !each.left)
    return next?.endMs === undefined ? run : { ...run, recoveryMs: Math.max(0, next.endMs - endMs) }
  })
}

/** Computes the four keys. @param sinceMs where the time begins that the runs are of */
export function fourKeys(
  runs: readonly ReportedRun[],
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): HistoryReport['keys'] {
  const deploys = runs.filter(({ to }) => to === undefined)
  const done = deploys.filter(({ state }) => state === 'succeeded')
  const counted = deploys.filter(({ state }) => state === 'succeeded' || state === 'mixed' || isBad(state))
  const bad = counted.filter(({ state, left }) => isBad(state) || left)
  // of less than a week nothing can be said of a week
  const weeks = Math.max(1, (nowMs - sinceMs) / WEEK_MS)
  return {
    failed: { count: bad.length, of: counted.length },
    ...defined({
      deploysAWeek: runs.length > 0 ? done.length / weeks : undefined,
      leadMs: median(runs.flatMap(({ leadMs }) => leadMs ?? [])),
      recoveryMs: median(runs.flatMap(({ recoveryMs }) => recoveryMs ?? [])),
    }),
  }
}

/** Counts deploys by week, from the first run's to now. */
export function weeksOf(runs: readonly ReportedRun[], nowMs: number): HistoryReport['weeks'] {
  const [first] = runs
  if (!first) return []
  const weekOf = (ms: number) => Math.floor((ms - MONDAY_MS) / WEEK_MS)
  const from = weekOf(Date.parse(first.began))
  const deploys = runs.filter(({ to }) => to === undefined)
  const byWeek = Map.groupBy(deploys, ({ began }) => weekOf(Date.parse(began)))
  const count = Math.max(1, weekOf(nowMs) - from + 1)
  return Array.from({ length: count }, (_, index) => {
    const some = byWeek.get(from + index) ?? []
    const bad = some.filter((run) => isBad(run.state) || run.left).length
    const good = some.filter((run) => run.state === 'succeeded' && !run.left).length
    const monday = new Date((from + index) * WEEK_MS + MONDAY_MS).toISOString().slice(0, 10)
    return { monday, good, bad, other: some.length - good - bad }
  })
}

/** The middle one, or the mean of the two middle ones. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
