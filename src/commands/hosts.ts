import { Command, Flags } from '@oclif/core'
import { chooseEnvironment, chooseHosts } from '../cli/choose-hosts.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { sayUnread } from '../cli/say-unread.ts'
import { withCredentials } from '../cli/secrets/credentials.ts'
import { UsageError } from '../errors.ts'
import { askSettings } from '../ssh/settings/ask-settings.ts'
import { explainHosts } from '../ssh/settings/explain-settings.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatHosts, formatHostsJson, formatResolvedHosts } from '../ui/views/hosts-view.ts'

export default class Hosts extends Command {
  static override summary = 'List the hosts of an environment, and how shipit would reach them.'

  static override description =
    'Contacts no host. A setting in deploy.config.ts wins; all others are what ssh itself would use, with Host, Match, Include and jump hosts ' +
    'from ssh_config.'

  static override examples = [
    { description: 'The hosts of the default environment', command: '<%= config.bin %> hosts' },
    {
      description: 'Every setting of one host, and where it comes from',
      command: '<%= config.bin %> hosts production --host web1.example.com --resolved',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    resolved: Flags.boolean({ summary: 'show every setting, and where it comes from' }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Hosts)
    const config = await loadConfig(flags)
    const environment = chooseEnvironment(config, args.environment)
    if (environment.kind === 'sandbox') {
      throw new UsageError(`'${environment.name}' is the sandbox: it has no host to reach`, {
        suggestions: ['Name another environment of the config.'],
      })
    }
    const chosen = chooseHosts(environment.hosts, flags.host, environment.name)
    const ssh = withCredentials(environment.ssh)
    const settings = await askSettings(chosen, ssh)
    sayUnread(settings)
    const hosts = await explainHosts(settings, { hosts: chosen, ssh })
    if (flags.json) printJson(formatHostsJson(hosts))
    else print(flags.resolved ? formatResolvedHosts(hosts) : formatHosts(hosts))
  }
}
