import { Command, Flags } from '@oclif/core'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonFlag } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { reachHosts, readRemote } from '../cli/reach-hosts.ts'
import { expectHost } from '../install/expected-host.ts'
import { formatRights } from '../install/right.ts'
import { rightsOf } from '../install/rights.ts'
import { askDoctor } from '../operations/doctor/ask-doctor.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatDiagnoses, formatDiagnosesJson } from '../ui/views/doctor-view.ts'

export default class Doctor extends Command {
  static override summary = 'Examine the hosts, and try what they must refuse.'

  static override description =
    'For each host it says what is wrong and what to do about it, and how much is in order; --verbose shows everything that was examined, what was tried ' +
    'and refused, and what root gave. On a host without shipit it names what would prevent an install. It exits with 0 if nothing is broken, with 69 if the only fault is that hosts were not reached, else with 1.'

  static override examples = [
    { description: 'Examine the hosts of the default environment', command: '<%= config.bin %> doctor' },
    {
      description: 'Write the list of one host to a file, for a security review',
      command: '<%= config.bin %> doctor production --host web1.example.com --verbose >web1.txt',
    },
    {
      description: 'Also try forbidden sudo calls, which sudo may report to the administrator',
      command: '<%= config.bin %> doctor production --prove',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    host: hostFlag,
    prove: Flags.boolean({
      summary: 'also try sudo calls that must be refused (sudo may mail the administrator)',
    }),
    verbose: Flags.boolean({
      summary: 'show everything that was examined and tried, and what root gave',
      default: false,
    }),
    app: appFlag,
    config: configFlag,
    json: jsonFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Doctor)
    const config = await loadConfig(flags)
    const environment = chooseEnvironment(config, args.environment)
    const { root, version } = this.config
    const reach = await reachHosts({ config, environment, hosts: flags.host }, this.config)
    const diagnoses = await askDoctor(reach.targets, {
      expected: expectHost(config.recipe, { remote: readRemote(root), version, settings: config.access }),
      where: environment.kind === 'sandbox' ? 'sandbox' : 'host',
      prove: flags.prove,
    })
    reach.close()
    if (flags.json) printJson(formatDiagnosesJson(diagnoses))
    else {
      const rights = rightsOf(config.recipe, config.access)
      const dangers = rights.flatMap(({ what, danger }) =>
        danger === undefined ? [] : [`${what}: ${danger}`],
      )
      const gave = { page: formatRights(rights), dangers }
      print(
        formatDiagnoses({
          app: config.recipe.app,
          environment: environment.name,
          diagnoses,
          gave,
          isVerbose: flags.verbose,
        }),
      )
    }
    this.exit(exitCodeOf(diagnoses))
  }
}
