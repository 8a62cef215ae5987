import { Command, Flags } from '@oclif/core'
import { UsageError } from '../errors.ts'
import { askHistory, type HistoryEntry } from '../operations/ask-history.ts'
import { askStatus } from '../operations/ask-status.ts'
import { findWayBack } from '../operations/find-way-back.ts'
import type { Target } from '../operations/follow-run.ts'
import { joinErrors } from '../operations/join-errors.ts'
import type { RunEvent } from '../protocol/event.ts'
import { describeRef, makeRunId } from '../protocol/request.ts'
import { digestRecipe } from '../recipe/recipe.ts'
import { askYes, canAsk } from '../ui/prompt.ts'
import { configFlag, environmentArg, hostFlag, jsonFlag } from './command-flags.ts'
import { openHosts, planOf } from './open-hosts.ts'
import { readRunId } from './run-id.ts'
import { watchRun } from './watch-run.ts'

export default class Rollback extends Command {
  static override summary = 'Go back to an earlier good run.'

  static override description =
    "It runs today's recipe at the commit and with the flags of that run, which the host has kept: the branch may have " +
    'gone or changed. Without --to it goes to the newest good run before what is live.'

  static override examples = [
    { description: 'Go back to what was live before', command: '<%= config.bin %> rollback production' },
    {
      description: 'Go back to a run, without a question',
      command: '<%= config.bin %> rollback production --to 20261122T120000Z-0123456789abcdef --yes',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    to: Flags.string({ summary: 'the run to go back to', helpValue: 'ID' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    host: hostFlag,
    config: configFlag,
    json: jsonFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rollback)
    const to = flags.to === undefined ? undefined : readRunId(flags.to)
    const opened = await openHosts(
      { ...args, ...flags },
      { root: this.config.root, version: this.config.version },
    )
    const { config, reach, app, environment } = opened
    const { entries } = await askHistory(reach.targets, app, 200)
    const target = to === undefined ? await findTarget(reach.targets, app, entries) : findRunById(entries, to)
    const digest = digestRecipe(config.recipe)
    if (target && target.digest !== 'unasked' && target.digest !== digest) {
      process.stderr.write(`warning: the recipe has changed since run ${target.run}: today's is used\n`)
    }
    await confirm(
      `Go back on ${environment.name} to ${target ? describeRun(target) : (to ?? 'the newest good run before what is live')}?`,
      flags.yes,
    )
    // the flags of the run that is gone back to are the host's to know
    const shown = target ?? entries[0]?.run
    const outcomes = await watchRun({
      targets: reach.targets,
      work: {
        request: { verb: 'rollback', run: makeRunId(), app, digest, ...(to === undefined ? {} : { to }) },
      },
      face: {
        environment: environment.name,
        ref: shown?.ref ?? { kind: 'branch', name: environment.branch },
        steps: shown ? planOf(opened, shown) : [],
        ...(flags.json ? { format: 'json' } : {}),
      },
      onSignal: 'cancel',
    })
    reach.close()
    this.exit(outcomes ? (joinErrors(outcomes)?.exitCode ?? 0) : 130)
  }
}

function findRunById(entries: readonly HistoryEntry[], id: string): RunEvent | undefined {
  return entries.find(({ run }) => run.run === id)?.run
}

/** What the hosts will choose, where they all have the same live; only for what is said before. */
async function findTarget(
  targets: readonly Target[],
  app: string,
  entries: readonly HistoryEntry[],
): Promise<RunEvent | undefined> {
  const answers = await askStatus(targets, app)
  const live = new Set(answers.map(({ status }) => status?.live?.run))
  return live.size === 1 ? findWayBack(entries, [...live][0]) : undefined
}

function describeRun({ run, ref, user, commit }: RunEvent): string {
  return `run ${run} (${describeRef(ref)}${commit === undefined ? '' : `, ${commit.slice(0, 12)}`}, by ${user})`
}

async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!canAsk()) throw new UsageError('a rollback wants a yes: give --yes')
  if (!(await askYes(question))) throw new UsageError('not rolled back: you did not say yes')
}
