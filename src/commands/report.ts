import { Args, Command, Flags } from '@oclif/core'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { noteRuns } from '../cli/completion/known-names.ts'
import { appFlag, configFlag, hostFlag, jsonAnswer, runFlag } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { reachHosts } from '../cli/reach-hosts.ts'
import { cutHistories, sayCut } from '../cli/report/cut-histories.ts'
import { gatherHistory } from '../cli/report/gather-history.ts'
import { gatherRun } from '../cli/report/gather-run.ts'
import { readSince } from '../cli/report/read-since.ts'
import { writeReport } from '../cli/report/write-report.ts'
import { readRunId } from '../cli/run-id.ts'
import { untilSignal } from '../cli/watch/signals.ts'
import { UsageError } from '../errors.ts'
import type { HistoryReport, RunReport } from '../json/lines.ts'
import { askHistory } from '../operations/ask/ask-history.ts'
import { findRun } from '../operations/ask/find-run.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { renderJsonLine } from '../safe-text/json-line.ts'
import { print, printJson, printWhole, say } from '../ui/output/print-lines.ts'
import { renderHistoryPage } from '../ui/report/history-page.ts'
import { renderRunPage } from '../ui/report/run-page.ts'
import { formatDiffering } from '../ui/views/differing-words.ts'
import { shortenRuns } from '../words/run-id.ts'

/** As many as a host tells. */
const MOST = 1000
const STDOUT = '-'

export default class Report extends Command {
  static override summary = 'Write a page about a run, or about the history of an environment.'

  static override description =
    'The page is one HTML file that loads nothing: a timeline of hosts and steps, what failed and what it printed; or with --history, ' +
    "runs, deploys a week, and DORA's four keys. Nothing on the hosts changes."

  static override examples = [
    { description: 'The newest run of the default environment', command: '<%= config.bin %> report' },
    { description: 'One run', command: '<%= config.bin %> report production --run 0123456' },
    {
      description: 'The history of an environment',
      command: '<%= config.bin %> report production --history --since 2026-01-01',
    },
  ]

  static override usage = [
    'report [ENVIRONMENT] [--run ID] [--out FILE] [--force] [--json]',
    'report [ENVIRONMENT] --history [--since DATE] [--out FILE] [--force] [--json]',
  ]

  static override args = {
    environment: Args.string({
      description:
        'environment from the config (default: the one marked default), or the id of a run in the default one',
      ignoreStdin: true,
    }),
  }

  static override flags = {
    run: { ...runFlag, exclusive: ['history'] },
    history: Flags.boolean({ summary: "all runs, deploys a week, and DORA's four keys" }),
    since: Flags.string({
      summary: 'only runs that began on this day or later (UTC)',
      helpValue: 'DATE',
      dependsOn: ['history'],
    }),
    out: Flags.string({
      summary: 'file to write, or - for standard output (default: a name that is free in the current folder)',
      helpValue: 'FILE',
      exclusive: ['json'],
    }),
    force: Flags.boolean({ summary: 'replace that file if it exists', dependsOn: ['out'] }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Report)
    const since = flags.since === undefined ? undefined : readSince(flags.since)
    const config = await loadConfig(flags)
    // a word that is no environment may be a run of the default one
    const isRun =
      args.environment !== undefined &&
      !config.environments.some(({ name }) => name === args.environment) &&
      isRunId(args.environment)
    if (isRun && (flags.run !== undefined || flags.history))
      throw new UsageError(
        `'${args.environment}' is a run, and ${flags.history ? '--history is about all runs' : '--run names one as well'}`,
      )
    const named = isRun ? args.environment : flags.run
    const environment = chooseEnvironment(config, isRun ? undefined : args.environment)
    const reach = await reachHosts({ config, environment, hosts: flags.host }, this.config)
    const about = {
      app: config.recipe.app,
      environment: environment.name,
      version: this.config.version,
      config,
      since,
    }
    const leaving = new AbortController()
    const gather = async () => {
      if (flags.history) {
        const history = await askHistory(reach.targets, about.app, MOST)
        noteRuns(
          config,
          environment.name,
          history.entries.map(({ run }) => run),
        )
        const cut = cutHistories(history.hosts, { limit: MOST, since })
        sayCut(cut, { limit: MOST, since })
        return { report: await gatherHistory(history, { ...about, cut }), errors: history.errors }
      }
      const found = await findRun(
        reach.targets,
        about.app,
        named === undefined ? 'newest' : { id: readRunId(named) },
      )
      // where hosts differ, each has its own events alone
      const told = found.told.map(({ run, hosts }) => ({ hosts: hosts.map(({ host }) => host), run }))
      say(formatDiffering(found.run, told))
      return gatherRun(found, about, leaving.signal)
    }
    const gathered = await untilSignal(gather(), async () => leaving.abort())
    reach.close()
    if (!gathered) this.exit(exitCodeOf(undefined))
    const { report, errors } = gathered
    if (flags.json) printJson(renderJsonLine(report))
    else if (flags.out === STDOUT) printWhole(pageOf(report))
    else {
      const file = writeReport(pageOf(report), {
        named: flags.out,
        usual: nameOf(report),
        mayReplace: flags.force,
      })
      print(`wrote ${file}: ${whatWords(report)}`)
    }
    if (errors.length > 0)
      say(errors.map(({ host, error }) => `warning: ${host} is not in the report: ${error.message}`))
    this.exit(exitCodeOf(errors))
  }
}

function isRunId(word: string): boolean {
  try {
    readRunId(word)
    return true
  } catch {
    return false
  }
}

function pageOf(report: RunReport | HistoryReport): string {
  return report.event === 'run-report' ? renderRunPage(report) : renderHistoryPage(report)
}

function whatWords(report: RunReport | HistoryReport): string {
  if (report.event === 'history-report')
    return report.runs.length > 0 ? countWords(report.runs.length, 'run') : `no runs ${sinceWords(report)}`
  return `run ${shortenRuns(report.run)} on ${countWords(report.hosts.length, 'host')}`
}

function sinceWords({ since }: HistoryReport): string {
  return since === undefined ? 'yet' : `since ${since}`
}

function countWords(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Words of the config's own letters, and digits: good for a file anywhere. */
function nameOf(report: RunReport | HistoryReport): string {
  const { app, environment } = report
  return `${app}-${environment}-${report.event === 'run-report' ? shortenRuns(report.run) : 'history'}`
}
