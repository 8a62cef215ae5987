import { Command, Flags } from '@oclif/core'
import { configFlag, environmentArg } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { readRemote } from '../cli/reach-hosts.ts'
import { handOver, handOverFlags, hostsOf, targetsOf } from '../cli/root/hand-over.ts'
import { headOf } from '../cli/root/run-as-root.ts'
import { renderUninstallScript } from '../install/install-script.ts'

export default class Uninstall extends Command {
  static override summary = 'Write, or run over ssh, the script that takes an app from a host.'

  static override description =
    "What is published stays, and becomes root's; the history is kept for root alone. Other apps on the host go on. " +
    'Without --to no host is contacted.'

  static override examples = [
    {
      description: 'Write the script to a file',
      command: '<%= config.bin %> uninstall production --out uninstall.sh',
    },
    {
      description: 'Leave nothing: no history, and no published folder that the install made',
      command: '<%= config.bin %> uninstall production --purge --to admin@web1.example.com',
    },
  ]

  static override usage = [
    'uninstall [ENVIRONMENT] [--purge] [--out FILE]',
    'uninstall [ENVIRONMENT] [--purge] --to ADMIN@HOST... [--yes]',
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    purge: Flags.boolean({ summary: 'remove history and the published folders that the install made, too' }),
    ...handOverFlags,
    config: configFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Uninstall)
    const config = await loadConfig(flags.config)
    const hosts = hostsOf(config, args.environment)
    const remote = readRemote(this.config.root)
    const script = renderUninstallScript(config.recipe.app, remote, this.config.version, {
      purge: flags.purge,
    })
    const to = targetsOf(config, args.environment, flags)
    this.exit(await handOver(script, { ...flags, to, hosts, head: headOf(script) }))
  }
}
