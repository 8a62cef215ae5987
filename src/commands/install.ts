import { Command, Flags } from '@oclif/core'
import { configFlag, environmentArg } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { readRemote } from '../cli/reach-hosts.ts'
import { diffRecipes } from '../cli/root/diff-recipes.ts'
import { handOver, handOverFlags, hostsOf } from '../cli/root/hand-over.ts'
import { renderInstallScript } from '../install/install-script.ts'
import { say } from '../ui/output/print-lines.ts'

export default class Install extends Command {
  static override summary = 'Write, or run over ssh, the script that installs a recipe.'

  static override description =
    'Without --to or --diff it contacts no host. The script is text: read it, then run it as root on each host of the environment.'

  static override examples = [
    {
      description: 'Write the script to a file',
      command: '<%= config.bin %> install production --out install.sh',
    },
    { description: 'Print it, to read it', command: '<%= config.bin %> install production | less' },
    {
      description: 'Run it on a host, by ssh and sudo; it shows what would change, and asks',
      command: '<%= config.bin %> install production --to admin@web1.example.com',
    },
    {
      description: 'Show how the recipe on each host differs from the one of the config',
      command: '<%= config.bin %> install production --diff',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    ...handOverFlags,
    diff: Flags.boolean({
      summary: 'show how the recipes of the hosts differ from the one here; the exit code is 1 if any does',
      exclusive: ['out', 'to'],
    }),
    host: Flags.string({
      summary: 'with --diff: only this host; may be repeated',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['diff'],
    }),
    config: configFlag,
    json: Flags.boolean({ summary: 'with --diff: print it as JSON, a host on a line', dependsOn: ['diff'] }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Install)
    const { root, version } = this.config
    if (flags.diff) this.exit(await diffRecipes({ ...args, ...flags }, { root, version }))
    const config = await loadConfig(flags.config)
    const hosts = hostsOf(config, args.environment)
    say(config.warnings.map((warning) => `warning: ${warning}`))
    const { recipe, access } = config
    const script = renderInstallScript(recipe, readRemote(root), version, access)
    this.exit(await handOver(script, { ...flags, hosts }))
  }
}
