import { Command, Flags } from '@oclif/core'
import { configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { openHosts } from '../cli/open-hosts.ts'
import { showErrors } from '../cli/print-answers.ts'
import { askHistory } from '../operations/ask/ask-history.ts'
import { joinErrors } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatHistory, formatHistoryJson } from '../ui/views/history-view.ts'

export default class History extends Command {
  static override summary = 'Show who deployed what, when, and how it went, newest first.'

  static override description =
    'Who is the account that sudo on the host vouches for; what a client says of itself stands apart.'

  static override examples = [
    { description: 'The last runs of the default environment', command: '<%= config.bin %> history' },
    {
      description: 'The last 100, for a program',
      command: '<%= config.bin %> history production --limit 100 --json',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    limit: Flags.integer({ summary: 'how many runs', helpValue: 'N', default: 10, min: 1, max: 1000 }),
    host: hostFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History)
    const { reach, app } = await openHosts(
      { ...args, ...flags },
      { root: this.config.root, version: this.config.version },
    )
    const { entries, errors } = await askHistory(reach.targets, app, flags.limit)
    reach.close()
    if (flags.json) printJson(formatHistoryJson(entries, errors))
    else {
      if (errors.length < reach.targets.length) print(formatHistory(entries))
      showErrors(errors)
    }
    this.exit(joinErrors(errors)?.exitCode ?? 0)
  }
}
