import { Command, Flags } from '@oclif/core'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { openHosts } from '../cli/open-hosts.ts'
import { showAnswers, showAnswersJson } from '../cli/print-answers.ts'
import { UsageError } from '../errors.ts'
import { askHosts } from '../operations/ask/ask-hosts.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { CLAIMED } from '../protocol/grammar.ts'
import { hintLines, print } from '../ui/output/print-lines.ts'
import { nameCommand, nameEnvironment } from '../words/command.ts'

/** As `CLAIMED` has it; blanks travel as `_`. */
const MESSAGE_RULE = '1 to 200 letters from a to z, digits, blanks and . _ / + @ , # = : -'

export default class Freeze extends Command {
  static override summary = 'Stop all deploys of an app until it is unfrozen.'

  static override description =
    'A freeze survives reboots. It does not stop a deploy that is running. Its author can end it, or anybody with the verb unfreeze.'

  static override examples = [
    {
      description: 'Stop all deploys to production',
      command: "<%= config.bin %> freeze production --message 'until the release is out'",
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    message: Flags.string({
      char: 'm',
      summary: `the reason, shown to people who try to deploy: ${MESSAGE_RULE}`,
      helpValue: 'TEXT',
      required: true,
    }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Freeze)
    const reason = flags.message.trim().replaceAll(/\s+/g, '_')
    if (!CLAIMED.test(reason)) throw badMessage(flags.message)
    const { environment, reach, app } = await openHosts({ ...args, ...flags }, this.config)
    const answers = await askHosts(reach.targets, { verb: 'freeze', app, reason })
    reach.close()
    const words = reason.replaceAll('_', ' ')
    if (flags.json)
      showAnswersJson('freeze', answers, ({ host }) => ({ event: 'freeze', host, app, reason: words }))
    else {
      showAnswers(answers, () => `${app} is frozen: ${words}`)
      const unfreeze = nameCommand('unfreeze', nameEnvironment(environment.name, flags.host))
      if (answers.some(({ error }) => !error)) print(hintLines([`End it: ${unfreeze}`], process.stdout))
    }
    this.exit(exitCodeOf(answers))
  }
}

/** What `CLAIMED` does not admit, less blanks. */
const FOREIGN = /[^A-Za-z0-9._/+@,#=:\s-]/u

function badMessage(message: string): UsageError {
  const [foreign] = FOREIGN.exec(message) ?? []
  const otherwise = message.trim().startsWith('-') ? "it can't begin with '-'" : 'it is empty or too long'
  const named = foreign === "'" ? 'an apostrophe' : `'${foreign}'`
  const what = foreign === undefined ? otherwise : `${named} can't be in it`
  return new UsageError(`a message is ${MESSAGE_RULE} (${what})`)
}
