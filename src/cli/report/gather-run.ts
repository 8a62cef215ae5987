// What a report of one run needs: its log from each host, who held the lock before it, and what the checkout has of its commits.
import { dirname } from 'node:path'
import type { CheckedConfig } from '../../config/checked-config.ts'
import { defined } from '../../defined.ts'
import type { ShipitError } from '../../errors.ts'
import type { RunReport } from '../../json/lines.ts'
import type { FoundRun } from '../../operations/ask/find-run.ts'
import type { HostHistory } from '../../operations/ask/history-entry.ts'
import { readLogs } from '../../operations/run/read-logs.ts'
import type { Show } from '../../results/progress.ts'
import { joinStates } from '../../ui/report/join-states.ts'
import { type ReportedHost, RunCollector } from '../../ui/report/run-collector.ts'
import { listCommits } from '../checkout/ask-checkout.ts'

/** A run that begins so soon after the one before has ended was waiting for it. */
const SOON_MS = 20_000

type About = { app: string; environment: string; version: string; config: CheckedConfig }

/** Reads the run from all hosts that have it. Those that don't answer are named in it. */
export async function gatherRun(
  found: FoundRun,
  about: About,
  leave: AbortSignal,
): Promise<{ report: RunReport; errors: readonly { host: string; error: ShipitError }[] }> {
  const { run, targets, running, hosts: histories } = found
  const collectors = new Map(targets.map(({ host }) => [host, new RunCollector(host)]))
  const show: Show = (progress) => {
    collectors.get(progress.host)?.take(progress)
    return undefined
  }
  // a report has the end of what a step printed, and a host may have kept a gigabyte
  const onGap = (host: string) => collectors.get(host)?.skip()
  const reads = await readLogs(targets, { run, app: about.app, follow: false, onGap }, show, leave)
  const errors = [...found.errors, ...reads].flatMap(({ host, error }) => (error ? [{ host, error }] : []))
  const silent = errors.map(({ host, error }) => ({ host, words: error.message }))
  const waits = new Map(histories.map((history) => [history.host, waitedFor(run, history)]))
  const startMs = Math.min(
    ...[...collectors.values()].flatMap((each) => (each.run ? [each.beganMs] : [])),
    ...([...waits.values()].some(Boolean) ? [askedAt(run)] : []),
  )
  const isRunning = (host: string) => running.some((each) => each.host === host)
  const hosts = [...collectors]
    .filter(([host]) => !silent.some((each) => each.host === host))
    .map(([host, collector]): ReportedHost => {
      const after = waits.get(host)
      return { ...collector.report(startMs, isRunning(host)), ...defined({ after }) }
    })
  const said = found.told[0]?.run
  const { user = '', ref = { kind: 'branch', name: '' } as const, flags = [], digest = '' } = said ?? {}
  const { claimed, to } = said ?? {}
  const ends = hosts.flatMap(({ end }) => end ?? [])
  const report: RunReport = {
    event: 'run-report',
    ...{
      time: new Date().toISOString(),
      version: about.version,
      app: about.app,
      environment: about.environment,
    },
    ...{ run, user, ref, flags, digest },
    ...defined({ claimed, to }),
    state: joinStates([...hosts.map(({ state }) => state), ...silent.map(() => 'unknown' as const)]),
    start: new Date(Number.isFinite(startMs) ? startMs : askedAt(run)).toISOString(),
    ...defined({ ms: ends.length > 0 ? Math.max(...ends) : undefined }),
    ...defined({ commits: await commitsOf(hosts, about.config) }),
    hosts: hosts.toSorted((one, other) => tookMs(other) - tookMs(one)),
    silent,
  }
  return { report, errors }
}

/** The slowest first; above all what has not ended. */
function tookMs({ end }: ReportedHost): number {
  return end ?? Number.MAX_SAFE_INTEGER
}

/** By the clock of the machine that asked: the beginning of a run's id. */
function askedAt(run: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(run) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** The run that had the lock there as this one was asked for. Times are whole seconds: a wait of less than one may not be told. */
function waitedFor(run: string, { entries }: HostHistory): ReportedHost['after'] {
  const at = entries.findIndex((entry) => entry.run.run === run)
  const began = entries[at]?.run.time
  const before = entries[at + 1]
  const ended = before?.hosts[0]?.outcome?.time
  if (at < 0 || began === undefined || ended === undefined || !before) return undefined
  const isSoon = Date.parse(began) - Date.parse(ended) <= SOON_MS
  return isSoon && Date.parse(ended) > askedAt(run)
    ? { run: before.run.run, user: before.run.user }
    : undefined
}

/** From the commit that most hosts had to the one that most have now. */
async function commitsOf(
  hosts: readonly ReportedHost[],
  config: CheckedConfig,
): Promise<RunReport['commits']> {
  const from = most(hosts.flatMap(({ before }) => before ?? []))
  const to = most(hosts.flatMap(({ commit }) => commit ?? []))
  if (from === undefined || to === undefined || from === to) return undefined
  const list = await listCommits(dirname(config.file), { from: to, to: from })
  return list && { from, to, count: list.lines.length + list.more, lines: list.lines }
}

function most(values: readonly string[]): string | undefined {
  const counts = [...Map.groupBy(values, (value) => value)]
  return counts.toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0]
}
