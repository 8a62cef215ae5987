import { Command, Flags } from '@oclif/core'
import { noteRuns } from '../cli/completion/known-names.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { openHosts } from '../cli/open-hosts.ts'
import { showErrors } from '../cli/print-answers.ts'
import { cutHistories, sayCut } from '../cli/report/cut-histories.ts'
import { readSince } from '../cli/report/read-since.ts'
import { askHistory } from '../operations/ask/ask-history.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatHistory, formatHistoryJson } from '../ui/views/history-view.ts'

/** Without --limit; and what a host tells at most. */
const FEW = 10
const MOST = 1000

export default class History extends Command {
  static override summary = 'Show who deployed what, when, and how it went, newest first.'

  static override description =
    'The user is the account that sudo on the host reports; what a client says about itself is shown separately.'

  static override examples = [
    { description: 'The last runs of the default environment', command: '<%= config.bin %> history' },
    {
      description: 'All runs since a given day, for an audit',
      command: '<%= config.bin %> history production --since 2026-01-01 --json',
    },
    {
      description: 'The last 100, for a program',
      command: '<%= config.bin %> history production --limit 100 --json',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    limit: Flags.integer({
      summary: 'how many runs (default: 10, or with --since all that the hosts keep, up to 1000)',
      helpValue: 'N',
      min: 1,
      max: MOST,
    }),
    since: Flags.string({ summary: 'only runs that began on this day or later (UTC)', helpValue: 'DATE' }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History)
    const since = flags.since === undefined ? undefined : readSince(flags.since)
    const limit = flags.limit ?? (flags.since === undefined ? FEW : MOST)
    const { reach, app, config, environment } = await openHosts({ ...args, ...flags }, this.config)
    const history = await askHistory(reach.targets, app, limit)
    noteRuns(
      config,
      environment.name,
      history.entries.map(({ run }) => run),
    )
    const { errors } = history
    const entries = history.entries.filter(({ run }) => since === undefined || run.time >= since)
    // without a day, no more were wanted
    if (since !== undefined) sayCut(cutHistories(history.hosts, { limit, since }), { limit, since })
    reach.close()
    if (flags.json) printJson(formatHistoryJson(entries, errors))
    else {
      if (errors.length < reach.targets.length) print(formatHistory(entries, { since }))
      showErrors(errors)
    }
    this.exit(exitCodeOf(errors))
  }
}
