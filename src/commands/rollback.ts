import { dirname } from 'node:path'
import { Command, Flags } from '@oclif/core'
import { listCommits } from '../cli/checkout/ask-checkout.ts'
import { claimOfCi } from '../cli/ci/claim-of-ci.ts'
import { noteRuns } from '../cli/completion/known-names.ts'
import { siteOf } from '../cli/deployed-site.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonFlag, verboseFlag } from '../cli/flags.ts'
import { prepareNotify } from '../cli/notify/notify.ts'
import { type Opened, openHosts, planOf } from '../cli/open-hosts.ts'
import { showErrors } from '../cli/print-answers.ts'
import { readRunId } from '../cli/run-id.ts'
import { endRun } from '../cli/watch/end-run.ts'
import { watchRun } from '../cli/watch/watch-run.ts'
import { defined } from '../defined.ts'
import { RefNotFoundError, UsageError } from '../errors.ts'
import { askHistory, type History } from '../operations/ask/ask-history.ts'
import { wordOf } from '../operations/ask/history-entry.ts'
import { matchRun } from '../operations/ask/match-run.ts'
import { planRollback, type RollbackPlan } from '../operations/ask/way-back.ts'
import type { Work } from '../operations/run/work.ts'
import type { RunEvent } from '../protocol/event.ts'
import { describeRef, makeRunId } from '../protocol/request.ts'
import { fetchingStep } from '../recipe/compile.ts'
import { flagsOfSteps, publishedBy, runByRoot } from '../recipe/planned-steps.ts'
import { digestRecipe, type Recipe } from '../recipe/recipe.ts'
import { say } from '../ui/output/print-lines.ts'
import { askYes, canAsk } from '../ui/output/prompt.ts'
import { formatDiffering, type Word } from '../ui/views/differing-words.ts'
import { foldHosts } from '../ui/views/fold-hosts.ts'
import { formatRollback } from '../ui/views/rollback-view.ts'
import { nameCommand } from '../words/command.ts'
import { flagWords } from '../words/ref.ts'

export default class Rollback extends Command {
  static override summary = 'Go back to an earlier good run.'

  static override description =
    'It runs the current recipe with the commit and flags of that run, which the host has kept: the branch may have ' +
    'changed, or no longer exist. Without --to it goes to the newest good run before the live one.'

  static override examples = [
    { description: 'Go back to what was live before', command: '<%= config.bin %> rollback production' },
    {
      description: 'Go back to a run, without asking',
      command: '<%= config.bin %> rollback production --to 0123456 --yes',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    to: Flags.string({
      summary: 'the run to go back to: its id, its first digits, or last',
      helpValue: 'ID',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonFlag,
    verbose: verboseFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rollback)
    const named = flags.to === undefined ? undefined : readRunId(flags.to)
    const opened = await openHosts({ ...args, ...flags }, this.config)
    const { config, reach, app, environment } = opened
    const { recipe } = config
    say(config.warnings.map((warning) => `warning: ${warning}`))
    if (!fetchingStep(recipe))
      throw new RefNotFoundError('this recipe has no git step, so there is no commit to go back to')
    const digest = digestRecipe(recipe)
    const history = await askHistory(reach.targets, app, HISTORY)
    const plan = planRollback({ app, targets: reach.targets, digest, to: runNamed(history, named) }, history)
    sayPlan(plan, recipe, digest)
    if (!flags.yes) await confirm(plan, history, opened)
    const writes = publishedBy(recipe)
    const target = commonTarget(plan)
    const outcomes = await watchRun({
      // where nothing is known of what is live, nothing is sent
      targets: reach.targets.filter(({ host }) => !history.errors.some((each) => each.host === host)),
      silent: history.errors,
      work: {
        // the flags of the run that is gone back to are the host's to know
        request: {
          ...{ verb: 'rollback', run: makeRunId(), app, digest, to: plan.to },
          ...defined({ claimed: claimOfCi(process.env) }),
        },
        writes,
        ...toldOf(plan, recipe),
      },
      face: {
        environment: environment.name,
        ...defined({ ref: target?.ref, format: flags.json ? 'json' : undefined, site: siteOf(recipe) }),
        steps: planOf(opened, target ?? { flags: [] }),
        writes,
        flags: flagsOfSteps(recipe),
        verbose: flags.verbose,
      },
      onSignal: 'cancel',
      rootSteps: runByRoot(recipe),
      notify: prepareNotify({ config, environment }),
    })
    noteRuns(config, environment.name, outcomes?.flatMap(({ run }) => run ?? []) ?? [])
    this.exit(endRun(outcomes, { recipe, reach, json: flags.json }))
  }
}

/** How far back is looked: what is live may be older than all that hosts keep. */
const HISTORY = 1000

/** The run that was named, by its id, its beginning or `last`. @throws UsageError, RefNotFoundError */
function runNamed({ entries, errors }: History, named: string | undefined): string | undefined {
  if (named === undefined) return undefined
  const run = matchRun(entries, named)
  const [silent] = errors
  if (run === undefined && silent) throw silent.error
  if (run === undefined) throw new RefNotFoundError(`there is no run '${named}' on these hosts`)
  return run
}

/** What the hosts say of that run, if they say the same. */
function commonTarget({ ways }: RollbackPlan): RunEvent | undefined {
  return wordsOf(ways).length > 1 ? undefined : ways[0]?.target
}

/** Says what a person should know before they agree, and what a program finds in its log. */
function sayPlan({ to, leftOn, ways }: RollbackPlan, recipe: Recipe, digest: string): void {
  const warnings = ways.flatMap(({ target }) => (target ? recipeWarnings(target, recipe, digest) : []))
  say([...new Set(warnings)])
  say(formatDiffering(to, wordsOf(ways)))
  if (leftOn.length > 0) say([`warning: run ${to} was rolled back on ${foldHosts(leftOn)}`])
}

/** Asks, with all that goes away on the screen. @throws UsageError if nobody agrees, or nobody can be asked */
async function confirm(plan: RollbackPlan, history: History, opened: Opened): Promise<void> {
  const { config, environment, reach } = opened
  const target = commonTarget(plan)
  const differ = wordsOf(plan.ways).length > 1 ? ' (the hosts differ on what it was)' : ''
  const where = target ? describeRun(target) : `run ${plan.to}${differ}`
  showErrors(history.errors)
  if (!canAsk()) {
    const confirmed = nameCommand(`rollback --to ${plan.to} --yes`, reach.targets[0]?.environment)
    throw new UsageError(`a rollback to ${where} needs a confirmation`, {
      suggestions: [`To confirm it: ${confirmed}`],
    })
  }
  await showPlan(plan, dirname(config.file))
  if (!(await askYes(`Go back on ${environment.name} to ${where}?`)))
    throw new UsageError('not rolled back: you did not confirm')
}

/** What the person was told of each host is what is done: the host refuses where something else is live by now. */
function toldOf({ ways }: RollbackPlan, recipe: Recipe): Pick<Work, 'from' | 'shownOn'> {
  const from = ways.flatMap(({ hosts, live }) => (live ? hosts.map((host) => [host, live.run] as const) : []))
  const shownOn = ways.flatMap(({ hosts, target, commit }) => {
    if (!target) return []
    const flags = target.flags.filter((flag) => hasFlag(recipe, flag))
    const shown = { ref: target.ref, flags, ...defined({ commit }) }
    return hosts.map((host) => [host, shown] as const)
  })
  return { from: new Map(from), shownOn: new Map(shownOn) }
}

/** What hosts say of the run that is gone back to; one if they say the same. */
function wordsOf(ways: RollbackPlan['ways']): Word[] {
  const alike = Map.groupBy(ways, ({ target, commit }) => JSON.stringify([target && wordOf(target), commit]))
  return [...alike.values()].map((group) => ({
    hosts: group.flatMap(({ hosts }) => hosts),
    run: group[0]?.target,
    commit: group[0]?.commit,
  }))
}

/** Shows the person who is asked what goes away. */
async function showPlan({ to, ways }: RollbackPlan, folder: string): Promise<void> {
  const shown = await Promise.all(
    ways.map(async (way) => {
      const { live, commit } = way
      const isKnown = commit !== undefined && live && live.commit !== '-'
      const commits = isKnown ? await listCommits(folder, { from: live.commit, to: commit }) : undefined
      return { ...way, commits }
    }),
  )
  say(formatRollback({ to, ways: shown, now: new Date() }))
}

/** What is not as it was when that run ran. */
function recipeWarnings(target: RunEvent, recipe: Recipe, digest: string): string[] {
  const gone = target.flags.filter((flag) => !hasFlag(recipe, flag))
  return [
    ...(target.digest === 'unasked'
      ? [`the recipe of run ${target.run} is unknown (--allow-drift): using the current one`]
      : target.digest === digest
        ? []
        : [`the recipe has changed since run ${target.run}: using the current one`]),
    ...(gone.length === 0 ? [] : [`the current recipe has no${flagWords(gone)}: running without`]),
  ].map((text) => `warning: ${text}`)
}

function hasFlag({ flags }: Recipe, flag: string): boolean {
  const [name = '', value] = flag.split('=')
  const declared = Object.hasOwn(flags, name) ? flags[name] : undefined
  if (!declared) return false
  return value === undefined ? !declared.choices : declared.choices?.includes(value) === true
}

function describeRun({ run, ref, user }: RunEvent): string {
  return `run ${run} (${describeRef(ref)}, by ${user})`
}
