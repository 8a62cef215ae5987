import { Command, Flags } from '@oclif/core'
import { initProject } from '../cli/init/init-project.ts'
import { formatProposedJson, sayProposed } from '../cli/init/say-proposed.ts'
import { printJson } from '../ui/output/print-lines.ts'

export default class Init extends Command {
  static override summary = 'Write a deploy.config.ts for this project.'

  static override description =
    'Looks at the repository: its remotes and default branch, the files that say what kind of project it is, and what deploys it today ' +
    '(a deploy script, a workflow with an ssh step, Capistrano, Deployer, Shipit.js, Fabric). It runs none of it, contacts no host, and ' +
    'never overwrites a config. It names each line of a script that is not in the recipe, with the reason.'

  static override examples = [
    { description: 'Ask for what the repository does not show', command: '<%= config.bin %> init' },
    {
      description: 'Ask nothing',
      command: '<%= config.bin %> init --yes --host web1.example.com',
    },
    {
      description: 'From a deploy script of another name',
      command: '<%= config.bin %> init --script tools/ship.sh',
    },
  ]

  static override flags = {
    app: Flags.string({ summary: "the app's name on the host", helpValue: 'NAME' }),
    repository: Flags.string({ summary: 'where the hosts fetch from', helpValue: 'URL' }),
    branch: Flags.string({ char: 'b', summary: 'branch to deploy by default', helpValue: 'NAME' }),
    host: Flags.string({
      summary: 'host to deploy to (repeatable)',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    user: Flags.string({ summary: 'account to log in as on the hosts', helpValue: 'NAME' }),
    script: Flags.string({ summary: 'deploy script to read', helpValue: 'FILE' }),
    yes: Flags.boolean({ char: 'y', summary: 'ask nothing, and leave what is not known for you to fill in' }),
    json: Flags.boolean({ summary: 'print JSON: what was written, and what is left to do; asks nothing' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Init)
    const { host: hosts, yes, json, ...given } = flags
    const done = await initProject(process.cwd(), { ...given, hosts, isAsking: !yes && !json })
    if (json) printJson(formatProposedJson(done))
    else sayProposed(done)
  }
}
