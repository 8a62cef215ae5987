import { Args, Command } from '@oclif/core'
import { appFlag, configFlag, jsonAnswer } from '../cli/flags.ts'
import { loadConfigs } from '../cli/load-config.ts'
import { showErrors } from '../cli/print-answers.ts'
import { openDial } from '../cli/reach-hosts.ts'
import { trustHosts } from '../cli/trust-hosts.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatTrust, formatTrustJson } from '../ui/views/trust-view.ts'

/** A key belongs to a host, and not to an app. */
const ofWhichApp = {
  ...appFlag,
  summary:
    'only hosts of this app, where the config has several (default: the app whose folder you are in, else all)',
}

export default class Trust extends Command {
  static override summary = 'Show the keys of hosts, and trust them if you confirm.'

  static override description =
    'For each host, and each jump host on the way to it: its fingerprint, and what the config and known_hosts say about it. If you confirm, ' +
    'an unknown key is added to your known_hosts, as ssh does it. A key that has changed or is revoked is never replaced. ' +
    'In CI and without a terminal it asks nothing, and exits with 0 if all keys are known, else with 69.'

  static override examples = [
    { description: 'Trust the key of one host', command: '<%= config.bin %> trust web1.example.com' },
    { description: 'The fingerprints as JSON', command: '<%= config.bin %> trust web1.example.com --json' },
  ]

  static override args = {
    host: Args.string({
      description: 'host of the config, or a jump host of one',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }

  static override flags = { app: ofWhichApp, config: configFlag, json: jsonAnswer }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Trust)
    const apps = await loadConfigs(flags)
    const trusts = await trustHosts(apps, args.host, openDial())
    if (flags.json) printJson(formatTrustJson(trusts))
    else {
      print(formatTrust(trusts))
      showErrors(trusts)
    }
    this.exit(exitCodeOf(trusts))
  }
}
