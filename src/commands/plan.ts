import { Command, Flags } from '@oclif/core'
import { askedDeploy, pathsOf, whichFlags } from '../cli/asked-deploy.ts'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { showPlan } from '../cli/plan/show-plan.ts'
import { whichCommit } from '../cli/plan/which-commit.ts'
import { configWords, renderFlags } from '../cli/recipe-flags.ts'
import { rehearse } from '../cli/sandbox/rehearse.ts'
import { defined } from '../defined.ts'

export default class Plan extends Command {
  static override summary = 'Show what a deploy would do, and change nothing.'

  static override description =
    'Each host says what is live, which commits would come and go, which files would change, whether the checks pass now, ' +
    'and what would block a deploy. A plan takes no lock and adds nothing to the history.'

  static override examples = [
    { description: 'Before a deploy of the default branch', command: '<%= config.bin %> plan production' },
    {
      description: 'Of another branch, with the names of the files that would change',
      command: '<%= config.bin %> plan production --branch my-branch --files',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    ...whichFlags,
    host: hostFlag,
    changed: Flags.boolean({
      summary: 'say where a deploy with --changed would do nothing',
    }),
    outdated: Flags.boolean({ summary: 'leave out the hosts where that commit is live already' }),
    files: Flags.boolean({ summary: 'name the files that would change' }),
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const config = await loadConfig(configWords(this.argv))
    const declared = renderFlags(config.recipe.flags)
    const { args, flags } = await this.parse({ args: Plan.args, flags: { ...Plan.flags, ...declared } })
    const changed = flags.changed ? pathsOf(config) : undefined
    const named = chooseEnvironment(config, args.environment)
    const environment = await rehearse(config, named, { isDemo: false, root: this.config.root, asked: flags })
    const { commit, required, unknown } = await whichCommit({ config, environment, flags }, this.config)
    const request = await askedDeploy(config, environment, { ...flags, commit })
    const { host: hosts, files, json } = flags
    const which = defined({ changed, required, unknown })
    const ways = { isOfOutdated: flags.outdated }
    const asked = { config, environment, request, hosts, files, json, ways, ...which }
    this.exit(await showPlan(asked, this.config))
  }
}
