// What a report of an environment's history needs: the runs of its hosts, and when their commits were made, as the checkout says.
import { dirname } from 'node:path'
import type { CheckedConfig } from '../../config/checked-config.ts'
import { defined } from '../../defined.ts'
import type { HistoryReport } from '../../json/lines.ts'
import type { History } from '../../operations/ask/ask-history.ts'
import type { HostHistory } from '../../operations/ask/history-entry.ts'
import { fourKeys, reportRuns, weeksOf } from '../../ui/report/four-keys.ts'
import { askCheckout } from '../checkout/ask-checkout.ts'

/** So many ids fit into a command line. */
const AT_ONCE = 500

type About = {
  app: string
  environment: string
  version: string
  config: CheckedConfig
  /** a day or a time in ISO 8601 */
  since?: string | undefined
  /** hosts that have older runs than they told */
  cut: readonly HostHistory[]
}

/** Puts the report together. Hosts that did not answer are named in it; it begins where all of those that did have told their runs. */
export async function gatherHistory({ entries, errors }: History, about: About): Promise<HistoryReport> {
  const { app, environment, version, config, cut } = about
  const begins = [about.since ?? [], cut.map(({ entries: told }) => told.at(-1)?.run.time ?? [])].flat(2)
  const since = begins.toSorted().at(-1)
  const some = entries.filter(({ run }) => since === undefined || run.time >= since)
  const commits = some.flatMap(({ run, hosts }) => [
    ...(run.commit === undefined ? [] : [run.commit]),
    ...hosts.flatMap(({ outcome }) => outcome?.commit ?? []),
  ])
  const runs = reportRuns(some, await askCommitTimes(dirname(config.file), [...new Set(commits)]))
  const nowMs = Date.now()
  const sinceMs = Date.parse(since ?? runs[0]?.began ?? new Date(nowMs).toISOString())
  return {
    event: 'history-report',
    ...{ time: new Date(nowMs).toISOString(), version, app, environment },
    ...defined({ since, cut: cut.length > 0 ? cut.map(({ host }) => host) : undefined }),
    keys: fourKeys(runs, { sinceMs, nowMs }),
    weeks: weeksOf(runs, nowMs),
    runs,
    silent: errors.map(({ host, error }) => ({ host, words: error.message })),
  }
}

/** In ms since 1970, of those that the checkout has. */
async function askCommitTimes(
  folder: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>()
  for (let from = 0; from < commits.length; from += AT_ONCE) {
    const some = commits.slice(from, from + AT_ONCE)
    const format = ['--no-walk=unsorted', '--ignore-missing', '--no-show-signature', '--format=%H %ct']
    const lines = (await askCheckout(folder, ['log', ...format, ...some, '--'])) ?? ''
    for (const line of lines.split('\n')) {
      const [commit = '', seconds] = line.split(' ')
      if (seconds !== undefined) times.set(commit, Number(seconds) * 1000)
    }
  }
  return times
}
