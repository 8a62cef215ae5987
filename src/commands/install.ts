import { writeFileSync } from 'node:fs'
import { Command, Flags } from '@oclif/core'
import { loadConfig } from '../config/load-config.ts'
import { ConfigError, UsageError } from '../errors.ts'
import { renderInstallScript } from '../install/install-script.ts'
import { chooseEnvironment } from './choose-hosts.ts'
import { configFlag, environmentArg } from './command-flags.ts'
import { readRemote } from './reach-hosts.ts'

export default class Install extends Command {
  static override summary = 'Write the script with which root installs the recipe on a host.'

  static override description =
    'It contacts no host. The script is text: read it, then run it as root on each host of the environment.'

  static override examples = [
    {
      description: 'Write the script to a file',
      command: '<%= config.bin %> install production --out install.sh',
    },
    { description: 'Print it, to read it', command: '<%= config.bin %> install production | less' },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    out: Flags.string({ summary: 'the file to write; standard output if not given', helpValue: 'FILE' }),
    config: configFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Install)
    const config = await loadConfig(process.cwd(), flags.config)
    const environment =
      args.environment === undefined ? undefined : chooseEnvironment(config, args.environment)
    if (environment?.kind === 'sandbox') {
      throw new UsageError(`environment '${environment.name}' is the sandbox: it needs no installing`)
    }
    for (const warning of config.warnings) process.stderr.write(`warning: ${warning}\n`)
    const script = renderInstallScript(config.recipe, readRemote(this.config.root), this.config.version)
    if (flags.out === undefined) {
      process.stdout.write(script)
      return
    }
    try {
      writeFileSync(flags.out, script)
    } catch (error) {
      throw new ConfigError(`cannot write '${flags.out}': ${(error as Error).message}`, { cause: error })
    }
    const hosts = environment ? environment.hosts.map((host) => host.name).join(', ') : 'each host'
    process.stderr.write(`wrote ${flags.out}: read it, then run it as root on ${hosts}: sh ${flags.out}\n`)
  }
}
