import { Command } from '@oclif/core'
import {
  appFlag,
  configFlag,
  environmentArg,
  hostFlag,
  jsonFlag,
  runFlag,
  verboseFlag,
} from '../cli/flags.ts'
import { openHosts, planOf } from '../cli/open-hosts.ts'
import { readRunId } from '../cli/run-id.ts'
import { watchRun } from '../cli/watch/watch-run.ts'
import { defined } from '../defined.ts'
import { LockedError, type ShipitError, UnknownVerdictError } from '../errors.ts'
import { findRun, type Wanted } from '../operations/ask/find-run.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { flagsOfSteps, publishedBy, runByRoot } from '../recipe/planned-steps.ts'
import { digestRecipe } from '../recipe/recipe.ts'
import type { HostOutcome } from '../results/progress.ts'
import { say } from '../ui/output/print-lines.ts'
import { askNumber, canAsk } from '../ui/output/prompt.ts'
import { formatDiffering } from '../ui/views/differing-words.ts'
import { formatChoice } from '../ui/views/run-choice.ts'
import { nameCommand, nameEnvironment } from '../words/command.ts'

export default class Attach extends Command {
  static override summary = 'Follow a running deploy, as if you had started it here.'

  static override description =
    'It exits with the exit code of the run. If no run or several runs are in progress, it offers the newest ones to choose from, in a terminal. ' +
    'Ctrl-C stops watching; the run continues. Only shipit cancel ends it.'

  static override examples = [
    { description: 'Follow the current run in the default environment', command: '<%= config.bin %> attach' },
    {
      description: 'Show a run again, running or finished',
      command: '<%= config.bin %> attach production --run 0123456',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    run: runFlag,
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonFlag,
    verbose: verboseFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Attach)
    const wanted = flags.run === undefined ? runningOrPicked() : { id: readRunId(flags.run) }
    const opened = await openHosts({ ...args, ...flags }, this.config)
    const { reach, app, environment } = opened
    const { run, told, targets, errors } = await findRun(reach.targets, app, wanted)
    // where hosts differ, each has its own events alone
    say(
      formatDiffering(
        run,
        told.map(({ run: said, hosts }) => ({ hosts: hosts.map(({ host }) => host), run: said })),
      ),
    )
    const said = told.length === 1 ? told[0]?.run : undefined
    // a run of another recipe may write elsewhere
    const digest = digestRecipe(opened.config.recipe)
    const isSame = told.every((each) => each.run.digest === digest)
    const writes = isSame ? { writes: publishedBy(opened.config.recipe) } : {}
    const outcomes = await watchRun({
      targets,
      work: { request: { verb: 'attach', run, app }, ...writes },
      face: {
        environment: environment.name,
        ...defined({ ref: said?.ref }),
        steps: planOf(opened, said ?? { flags: [] }),
        ...writes,
        ...defined({ format: flags.json ? 'json' : undefined }),
        flags: flagsOfSteps(opened.config.recipe),
        verbose: flags.verbose,
      },
      onSignal: 'leave',
      silent: errors.map((each) => explainSilence(each, run, environment.name)),
      rootSteps: runByRoot(opened.config.recipe),
    })
    reach.close()
    this.exit(exitCodeOf(outcomes))
  }
}

/** Of a run that is there already a host that did not answer has not said anything, least of all that nothing was done. */
function explainSilence(
  { host, error }: { host: string; error: ShipitError },
  run: string,
  environment: string,
): HostOutcome {
  const again = nameCommand(`attach --run ${run}`, nameEnvironment(environment, [host]))
  // it has said that the run waits there for the lock
  if (error instanceof LockedError) return { host, error }
  const message = `${error.message}; the state of run ${run} there is unknown`
  const suggestions = [...error.suggestions, `Try again: ${again}`]
  return { host, error: new UnknownVerdictError(message, { suggestions, cause: error }) }
}

/** In a terminal a person may pick a run where it is not plain which one is meant. */
function runningOrPicked(): Wanted {
  if (!canAsk()) return 'running'
  return {
    pick: async (newest) => {
      say(formatChoice(newest, new Date()))
      const number = await askNumber(`Which run? [1-${newest.length}, Enter for none] `, newest.length)
      return number === undefined ? undefined : newest[number - 1]
    },
  }
}
