import { Command, Flags } from '@oclif/core'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer, runFlag } from '../cli/flags.ts'
import { openHosts, planOf } from '../cli/open-hosts.ts'
import { showAnswers, showAnswersJson } from '../cli/print-answers.ts'
import { readRunId } from '../cli/run-id.ts'
import { ConnectionError } from '../errors.ts'
import { askHosts } from '../operations/ask/ask-hosts.ts'
import { findRun } from '../operations/ask/find-run.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { runByRoot } from '../recipe/planned-steps.ts'
import { hintLines, say } from '../ui/output/print-lines.ts'
import { cancelWords, lastStepOf } from '../ui/record/cancel-words.ts'
import { foldHosts } from '../ui/views/fold-hosts.ts'
import { nameCommand, nameEnvironment } from '../words/command.ts'

export default class Cancel extends Command {
  static override summary = 'Cancel a deploy that is running or waiting for the lock.'

  static override description =
    'Cancels your own run, or any run if the policy gives you the verb cancel. A prepare step ends at once. A publish step finishes first, then the run stops; ' +
    'with --now it ends at once too. A root step ends at its own time limit. To cancel a deploy that waits for the lock (--wait), ' +
    "pass --run with the id that 'shipit status' shows."

  static override examples = [
    { description: 'Cancel the current run in production', command: '<%= config.bin %> cancel production' },
    {
      description: 'Cancel it in the middle of a publish step',
      command: '<%= config.bin %> cancel production --now',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    run: runFlag,
    now: Flags.boolean({ summary: 'end a running publish step too' }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cancel)
    const wanted =
      flags.run === undefined ? 'running' : ({ id: readRunId(flags.run), mayWait: true } as const)
    const opened = await openHosts({ ...args, ...flags }, this.config)
    const { config, environment, reach, app } = opened
    const { run, told, targets, running, waiting, errors } = await findRun(reach.targets, app, wanted)
    const open = [...running, ...waiting]
    const cancelled = await askHosts(open.length > 0 ? open : targets, {
      verb: 'cancel',
      run,
      app,
      now: flags.now,
    })
    reach.close()
    // where it has just ended there is nothing left to cancel: an error only if that holds for all
    const isCancelled = cancelled.some(({ error }) => !error)
    const answers = [
      ...cancelled.filter(({ refused }) => !(isCancelled && refused === 'not-running')),
      ...errors.map((each) => ({ ...each, events: [] })),
    ]
    if (flags.json) {
      showAnswersJson('cancel', answers, ({ events, host, withdrawn }) => {
        const event = events.find((each) => each.event === 'cancelling')
        return { event: 'cancel', host, run, step: event?.step, phase: event?.phase, withdrawn }
      })
      this.exit(exitCodeOf(answers))
    }
    const hints = new Set<string>()
    showAnswers(answers, ({ events, host, withdrawn }) => {
      if (withdrawn) return `run ${run} was waiting for the lock, and will not begin`
      const said = told.find(({ hosts }) => hosts.some((each) => each.host === host))
      const event = events.find((each) => each.event === 'cancelling')
      const command = nameCommand('cancel --now', nameEnvironment(environment.name, flags.host))
      const rootSteps = runByRoot(config.recipe)
      const lastStep = lastStepOf(planOf(opened, said?.run ?? { flags: [] }))
      const { words, hint } = cancelWords({ event, isNow: flags.now, rootSteps, lastStep, command })
      if (hint !== undefined) hints.add(hint)
      return `cancelling run ${run}${words}`
    })
    say(hintLines([...hints], process.stderr))
    const unasked = answers.filter(({ error }) => error instanceof ConnectionError).map(({ host }) => host)
    if (unasked.length > 0) {
      const again = nameCommand(`cancel --run ${run}`, nameEnvironment(environment.name, unasked))
      say([
        `${foldHosts(unasked)} could not be asked; a run there keeps running`,
        ...hintLines([`Try again: ${again}`], process.stderr),
      ])
    }
    this.exit(exitCodeOf(answers))
  }
}
