import { Command, Flags } from '@oclif/core'
import { appFlag, configFlag, environmentArg } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { readRemote } from '../cli/reach-hosts.ts'
import { handOver, handOverFlags, hostsOf, targetsOf } from '../cli/root/hand-over.ts'
import { headOf } from '../cli/root/run-as-root.ts'
import { tellUnlisted } from '../cli/root/unlisted-targets.ts'
import { renderUninstallScript, withoutInstaller } from '../install/install-script.ts'

export default class Uninstall extends Command {
  static override summary = 'Write, or run over ssh, the script that removes an app from a host.'

  static override description =
    'Published files stay and then belong to root; the history is kept, readable by root only. Other apps are not touched. ' +
    'Without --to or --as it contacts no host.'

  static override examples = [
    {
      description: 'Write the script to a file',
      command: '<%= config.bin %> uninstall production --out uninstall.sh',
    },
    {
      description: 'Remove everything: the history too, and the published folders that the install made',
      command: '<%= config.bin %> uninstall production --purge --to admin@web1.example.com',
    },
  ]

  static override usage = [
    'uninstall [ENVIRONMENT] [--purge] [--out FILE] [--one-file]',
    'uninstall [ENVIRONMENT] [--purge] --to ADMIN@HOST... [--yes]',
    'uninstall [ENVIRONMENT] [--purge] --as ADMIN [--yes]',
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    purge: Flags.boolean({
      summary: 'also remove the history and the published folders that the install made',
    }),
    ...handOverFlags,
    app: appFlag,
    config: configFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Uninstall)
    const config = await loadConfig(flags)
    const hosts = hostsOf(config, args.environment)
    const remote = readRemote(this.config.root)
    const script = renderUninstallScript(config.recipe.app, remote, this.config.version, {
      purge: flags.purge,
    })
    const to = targetsOf(config, args.environment, flags)
    const unlisted = tellUnlisted(config, args.environment, to ?? [])
    this.exit(
      await handOver(script, { ...flags, to, unlisted, hosts, head: headOf(withoutInstaller(script)) }),
    )
  }
}
