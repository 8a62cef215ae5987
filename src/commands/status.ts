import { Command, Flags } from '@oclif/core'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { noteRuns } from '../cli/completion/known-names.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonFlag } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { reachHosts } from '../cli/reach-hosts.ts'
import { defined } from '../defined.ts'
import { askStatus, explainChecks } from '../operations/ask/ask-status.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatStatus, formatStatusJson } from '../ui/views/status-view.ts'

export default class Status extends Command {
  static override summary = 'Show what is live, what is running, and who holds the lock.'

  static override examples = [
    { description: 'Ask the hosts of the default environment', command: '<%= config.bin %> status' },
    {
      description: 'Run the checks of the recipe as well: exit 1 if one fails',
      command: '<%= config.bin %> status production --check',
    },
    {
      description: 'Ask one host, for a program',
      command: '<%= config.bin %> status production --host web1 --json',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    host: hostFlag,
    check: Flags.boolean({
      summary: "run the recipe's checks again on each host, for the commit that is live",
    }),
    app: appFlag,
    config: configFlag,
    json: jsonFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    const config = await loadConfig(flags)
    const environment = chooseEnvironment(config, args.environment)
    const reach = await reachHosts({ config, environment, hosts: flags.host }, this.config)
    const answers = await askStatus(reach.targets, { app: config.recipe.app, check: flags.check })
    noteRuns(
      config,
      environment.name,
      answers.flatMap(({ lastRun }) => lastRun ?? []),
    )
    reach.close()
    if (flags.json) printJson(formatStatusJson(answers))
    else {
      const { app, steps } = config.recipe
      const isUntried = environment.kind === 'sandbox' && steps.some(({ kind }) => kind === 'check')
      const whyUnchecked = isUntried ? { whyUnchecked: 'not run in the sandbox' } : {}
      print(formatStatus({ app, environment: environment.name, answers, now: new Date(), ...whyUnchecked }))
    }
    this.exit(exitCodeOf(answers.map((each) => ({ ...defined({ error: explainChecks(each) }), ...each }))))
  }
}
