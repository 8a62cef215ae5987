import { readFileSync } from 'node:fs'
import { Command } from '@oclif/core'
import { appFlag, configFlag, jsonAnswer } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { originsOf } from '../config/source/origins.ts'
import { hintLines, print, printJson, say } from '../ui/output/print-lines.ts'
import { chooseStyle } from '../ui/output/style.ts'
import { formatConfig, formatConfigJson } from '../ui/views/config-view.ts'
import { nameCommand } from '../words/command.ts'

export default class ShowConfig extends Command {
  static override summary = 'Show the config as shipit reads it, with the origin of each value.'

  static override description =
    'Shows each key with its value, and where that comes from: a line of the file, its code, or a default. Contacts no host. What ssh_config adds is shown ' +
    "by 'shipit hosts --resolved'."

  static override examples = [
    { description: 'All values', command: '<%= config.bin %> config' },
    { description: 'The same for a program', command: '<%= config.bin %> config --json' },
  ]

  static override flags = { app: appFlag, config: configFlag, json: jsonAnswer }

  async run(): Promise<void> {
    const { flags } = await this.parse(ShowConfig)
    const config = await loadConfig(flags)
    const values = originsOf(config, readFileSync(config.file, 'utf8'))
    if (flags.json) {
      printJson(formatConfigJson(config.file, values))
      return
    }
    print(formatConfig(config.file, values, chooseStyle(process.stdout, process.env)))
    say(config.warnings.map((warning) => `warning: ${warning}`))
    const hosts = config.environments.find(({ kind }) => kind === 'hosts')
    if (hosts)
      say(hintLines([`What ssh adds: ${nameCommand('hosts --resolved', hosts.name)}`], process.stderr))
  }
}
