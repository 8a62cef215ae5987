import { Command } from '@oclif/core'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { openHosts } from '../cli/open-hosts.ts'
import { showAnswers, showAnswersJson } from '../cli/print-answers.ts'
import { askHosts } from '../operations/ask/ask-hosts.ts'
import { askStatus } from '../operations/ask/ask-status.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'

export default class Unfreeze extends Command {
  static override summary = 'End a freeze.'

  static override examples = [
    { description: 'Allow deploys to production again', command: '<%= config.bin %> unfreeze production' },
  ]

  static override args = { environment: environmentArg }

  static override flags = { host: hostFlag, app: appFlag, config: configFlag, json: jsonAnswer }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Unfreeze)
    const { reach, app } = await openHosts({ ...args, ...flags }, this.config)
    const before = await askStatus(reach.targets, { app })
    const answers = await askHosts(reach.targets, { verb: 'unfreeze', app })
    reach.close()
    const frozen = new Set(before.flatMap(({ host, status }) => (status?.freeze ? [host] : [])))
    if (flags.json)
      showAnswersJson('unfreeze', answers, ({ host }) => ({
        event: 'unfreeze',
        ...{ host, app, wasFrozen: frozen.has(host) },
      }))
    else
      showAnswers(answers, ({ host }) =>
        frozen.has(host) ? `${app} is no longer frozen` : `${app} was not frozen`,
      )
    this.exit(exitCodeOf(answers))
  }
}
