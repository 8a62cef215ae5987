import { dirname } from 'node:path'
import { Command, Flags } from '@oclif/core'
import { UsageError } from '../errors.ts'
import { askHistory, commitOf, type HistoryEntry } from '../operations/ask-history.ts'
import { askStatus, type HostStatus } from '../operations/ask-status.ts'
import { checkWayBack } from '../operations/check-way-back.ts'
import { findWayBack } from '../operations/find-way-back.ts'
import { joinErrors } from '../operations/join-errors.ts'
import type { Live, RunEvent } from '../protocol/event.ts'
import { describeRef, makeRunId } from '../protocol/request.ts'
import { publishedBy, runByRoot } from '../recipe/plan.ts'
import { digestRecipe } from '../recipe/recipe.ts'
import { askYes, canAsk } from '../ui/prompt.ts'
import { formatRollback } from '../ui/rollback-view.ts'
import { configFlag, environmentArg, hostFlag, jsonFlag } from './command-flags.ts'
import { deployedSite } from './deployed-site.ts'
import { listCommits } from './list-commits.ts'
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
    const { entries, errors } = await askHistory(reach.targets, app, HISTORY)
    const live = liveEverywhere(await askStatus(reach.targets, app))
    const wanted = to ?? findWayBack(entries, live?.run)?.run
    const entry = entries.find(({ run }) => run.run === wanted)
    if (errors.length === 0) checkWayBack({ targets: reach.targets, entries, live, to, entry })
    const target = entry?.run
    const digest = digestRecipe(config.recipe)
    if (target && target.digest !== 'unasked' && target.digest !== digest) {
      process.stderr.write(`warning: the recipe has changed since run ${target.run}: today's is used\n`)
    }
    if (!flags.yes) {
      if (!canAsk()) throw new UsageError('a rollback wants a yes: give --yes')
      if (live && entry) await showPlan({ live, entry, entries, folder: dirname(config.file) })
      const where = target ? describeRun(target) : (to ?? 'the newest good run before what is live')
      if (!(await askYes(`Go back on ${environment.name} to ${where}?`)))
        throw new UsageError('not rolled back: you did not say yes')
    }
    // the flags of the run that is gone back to are the host's to know
    const writes = publishedBy(config.recipe)
    const outcomes = await watchRun({
      targets: reach.targets,
      work: {
        request: { verb: 'rollback', run: makeRunId(), app, digest, ...(to === undefined ? {} : { to }) },
        writes,
      },
      face: {
        environment: environment.name,
        ...(target ? { ref: target.ref } : {}),
        steps: target ? planOf(opened, target) : [],
        writes,
        ...(flags.json ? { format: 'json' } : {}),
      },
      onSignal: 'cancel',
      rootSteps: runByRoot(config.recipe),
    })
    reach.close()
    if (!outcomes) this.exit(130)
    const error = joinErrors(outcomes)
    if (!error && reach.sandbox && !flags.json)
      process.stdout.write(deployedSite(config.recipe, reach.sandbox))
    this.exit(error?.exitCode ?? 0)
  }
}

/** How far back is looked: hosts keep fewer runs than that. */
const HISTORY = 200

/** What is live, where all hosts have the same. */
function liveEverywhere(answers: readonly HostStatus[]): Live | undefined {
  const [first] = answers
  return answers.every(({ status }) => status?.live?.run === first?.status?.live?.run)
    ? first?.status?.live
    : undefined
}

type Planned = { live: Live; entry: HistoryEntry; entries: readonly HistoryEntry[]; folder: string }

/** Shows the person who is asked what goes away. */
async function showPlan({ live, entry, entries, folder }: Planned): Promise<void> {
  const commit = commitOf(entry)
  const isKnown = commit !== undefined && live.commit !== '-'
  const commits = isKnown ? await listCommits(folder, { from: live.commit, to: commit }) : undefined
  const liveRun = entries.find(({ run }) => run.run === live.run)?.run
  const lines = formatRollback({ live, liveRun, target: entry.run, commit, commits, now: new Date() })
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
}

function describeRun({ run, ref, user }: RunEvent): string {
  return `run ${run} (${describeRef(ref)}, by ${user})`
}
