import { Command, Flags } from '@oclif/core'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { configFlag, environmentArg, hostFlag, jsonFlag } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { reachHosts, readRemote } from '../cli/reach-hosts.ts'
import { expectHost } from '../install/expected-host.ts'
import { askDoctor } from '../operations/doctor/ask-doctor.ts'
import { joinErrors } from '../operations/fleet/join-errors.ts'
import { print, printJson } from '../ui/output/print-lines.ts'
import { formatDiagnoses, formatDiagnosesJson } from '../ui/views/doctor-view.ts'

export default class Doctor extends Command {
  static override summary = 'Examine the hosts, and try what they must refuse.'

  static override description =
    'A list for each host: what is in order, what is not and what to do about it, and what was tried and refused, as it ' +
    'should be. The exit code is 0 only when nothing is broken, 69 when that is only that hosts were not reached, else 1.'

  static override examples = [
    { description: 'Examine the hosts of the default environment', command: '<%= config.bin %> doctor' },
    {
      description: 'Hand the list of one host to whoever answers for its security',
      command: '<%= config.bin %> doctor production --host web1.example.com >web1.txt',
    },
    {
      description: 'Try forbidden calls of sudo as well, each of which may be reported to the administrator',
      command: '<%= config.bin %> doctor production --prove',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    host: hostFlag,
    prove: Flags.boolean({
      summary: 'also call sudo in ways that it must refuse (it may mail the administrator)',
    }),
    config: configFlag,
    json: jsonFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Doctor)
    const config = await loadConfig(flags.config)
    const environment = chooseEnvironment(config, args.environment)
    const { root, version } = this.config
    const reach = await reachHosts({ config, environment, hosts: flags.host }, { root, version })
    const diagnoses = await askDoctor(reach.targets, {
      expected: expectHost(config.recipe, readRemote(root), version),
      where: environment.kind === 'sandbox' ? 'sandbox' : 'host',
      prove: flags.prove,
    })
    reach.close()
    if (flags.json) printJson(formatDiagnosesJson(diagnoses))
    else print(formatDiagnoses({ app: config.recipe.app, environment: environment.name, diagnoses }))
    this.exit(joinErrors(diagnoses)?.exitCode ?? 0)
  }
}
