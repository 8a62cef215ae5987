import { dirname } from 'node:path'
import { Command, Flags } from '@oclif/core'
import { askedDeploy, askedRef, pathsOf, whichFlags } from '../cli/asked-deploy.ts'
import { describeCommit } from '../cli/checkout/describe-commit.ts'
import { refsHere } from '../cli/checkout/refs-here.ts'
import { unpushedNotes } from '../cli/checkout/unpushed.ts'
import { chooseEnvironment, chooseHosts } from '../cli/choose-hosts.ts'
import { noteRuns } from '../cli/completion/known-names.ts'
import { siteOf } from '../cli/deployed-site.ts'
import { appFlag, configFlag, environmentArg, hostFlag, jsonFlag, verboseFlag } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { prepareNotify } from '../cli/notify/notify.ts'
import { sendNotBegun } from '../cli/notify/send-not-begun.ts'
import { showPlan } from '../cli/plan/show-plan.ts'
import { explainOther, whichCommit } from '../cli/plan/which-commit.ts'
import { reachHosts } from '../cli/reach-hosts.ts'
import { configWords, renderFlags } from '../cli/recipe-flags.ts'
import { rehearse } from '../cli/sandbox/rehearse.ts'
import { confirmDeploy, refuseUnasked } from '../cli/watch/confirm-deploy.ts'
import { detach } from '../cli/watch/detach.ts'
import { endRun } from '../cli/watch/end-run.ts'
import { watchRun } from '../cli/watch/watch-run.ts'
import type { CheckedEnvironment } from '../config/checked-config.ts'
import { defined } from '../defined.ts'
import { UsageError } from '../errors.ts'
import type { MusterWork } from '../operations/fleet/muster.ts'
import type { Work } from '../operations/run/work.ts'
import type { PlannedStep } from '../protocol/event.ts'
import type { DeployRequest } from '../protocol/request.ts'
import { fetchingStep } from '../recipe/compile.ts'
import { flagsOfSteps, planSteps, publishedBy, runByRoot } from '../recipe/planned-steps.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { hintLines, say } from '../ui/output/print-lines.ts'
import type { HeaderSource } from '../ui/record/header-words.ts'
import { nameCommand } from '../words/command.ts'

export default class Deploy extends Command {
  static override summary = 'Deploy a branch or a tag to the hosts of an environment.'

  static override description =
    'Each host runs the steps of the recipe that is installed on it. A run belongs to its host: ' +
    "a lost connection does not end it, and 'shipit status' shows how it went."

  static override examples = [
    {
      description: 'Deploy the default branch to the default environment',
      command: '<%= config.bin %> deploy',
    },
    {
      description: 'Deploy a branch to production',
      command: '<%= config.bin %> deploy production --branch my-branch',
    },
    {
      description: 'Deploy a tag to one host',
      command: '<%= config.bin %> deploy production --tag v1.2.0 --host web1.example.com',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    ...whichFlags,
    host: hostFlag,
    back: Flags.boolean({ summary: 'deploy an older commit in place of the newer one that is live' }),
    wait: Flags.string({
      summary: 'how long to wait while another run holds the lock: 90s, 15m, 2h',
      helpValue: 'TIME',
    }),
    changed: Flags.boolean({
      summary: 'deploy only where something in this app changed: what the config names in paths',
    }),
    outdated: Flags.boolean({ summary: 'deploy only to the hosts where that commit is not live yet' }),
    partial: Flags.boolean({ summary: 'deploy to the hosts that are ready, even if others are not' }),
    detach: Flags.boolean({ summary: 'return once the run has begun, and print its id' }),
    'allow-drift': Flags.boolean({
      summary: 'run the recipe installed on each host, even if it differs from the config',
    }),
    'dry-run': Flags.boolean({
      summary: "show what it would do, and change nothing, as 'shipit plan' does",
    }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask for the confirmation that the config requires' }),
    demo: Flags.boolean({ summary: 'in the sandbox: deploy the demo app instead of your checkout' }),
    app: appFlag,
    config: configFlag,
    json: jsonFlag,
    verbose: verboseFlag,
  }

  async run(): Promise<void> {
    const config = await loadConfig(configWords(this.argv))
    const declared = renderFlags(config.recipe.flags)
    const { args, flags } = await this.parse({ args: Deploy.args, flags: { ...Deploy.flags, ...declared } })
    const changed = flags.changed ? pathsOf(config) : undefined
    const named = chooseEnvironment(config, args.environment)
    const environment = await rehearse(config, named, {
      isDemo: flags.demo,
      root: this.config.root,
      asked: flags,
    })
    const waitMs = flags.wait === undefined ? 0 : readDuration(flags.wait)
    const isAsked = environment.kind === 'hosts' && environment.confirm && !flags.yes && !flags['dry-run']
    const ref = askedRef(environment, flags)
    const notBegun = async (error: unknown) =>
      flags['dry-run'] || flags.detach
        ? error
        : await sendNotBegun({ config, environment, ref }, hostNames(environment, flags.host), error)
    if (isAsked) refuseUnasked(ref, environment.name)
    const asking = { config, environment, flags }
    const { commit, required, unknown } = await whichCommit(asking, this.config).catch(async (error) => {
      throw await notBegun(error)
    })
    const request = await askedDeploy(config, environment, { ...flags, commit })
    if (flags['dry-run']) {
      const { host: hosts, json } = flags
      const which = defined({ changed, required, unknown })
      const ways = { allowsDrift: flags['allow-drift'], waits: waitMs > 0, isOfOutdated: flags.outdated }
      const asked = {
        config,
        environment,
        request,
        hosts,
        json,
        ways,
        flags: WAYS.filter((way) => flags[way]),
      }
      this.exit(await showPlan({ ...asked, ...which }, this.config))
    }
    if (unknown) throw await notBegun(unknown)
    const steps = planSteps(config.recipe, request.flags, environment.kind === 'sandbox' ? 'sandbox' : 'host')
    say(config.warnings.map((warning) => `warning: ${warning}`))
    if (flags['allow-drift'])
      say([`warning: ${DRIFT_ALLOWED}`, ...hintLines([seeDrift(environment.name)], process.stderr)])
    const [header, reach] = await Promise.all([
      headerOf(environment, request, dirname(config.file)),
      reachHosts({ config, environment, hosts: flags.host, steps }, this.config),
    ])
    const refuse = required && ((id: string) => explainOther(id, required, environment.name))
    // where nothing changed, it is not asked which commit it is
    const known = changed ? undefined : request.commit
    const refusal = known === undefined ? undefined : refuse?.(known)
    if (refusal) throw await notBegun(refusal)
    const options = {
      ...{ waitMs, partial: flags.partial, outdated: flags.outdated },
      ...defined({ changed, refuse }),
    }
    const wanted: MusterWork = {
      ...(flags['allow-drift']
        ? { request: withoutDigest(request) }
        : { request, ...toldBy(config.recipe, steps) }),
      ways: WAYS.filter((way) => flags[way]),
      ...refsHere(config, environment, request.ref),
    }
    const { targets, work, mustered } = isAsked
      ? await confirmDeploy({
          targets: reach.targets,
          work: wanted,
          environment: environment.name,
          header,
          options,
        })
      : { targets: reach.targets, work: wanted, mustered: undefined }
    const begin = { ...options, ...defined({ mustered }) }
    if (flags.detach) {
      const { code, mayHaveBegun } = await detach({
        ...{ targets, work, environment: environment.name, options: begin, json: flags.json },
        ...(isAsked ? {} : { notes: header.notes }),
      })
      reach.close()
      if (mayHaveBegun) noteRuns(config, environment.name, [request])
      this.exit(code)
    }
    const outcomes = await watchRun({
      targets,
      work,
      face: {
        environment: environment.name,
        ref: request.ref,
        steps: work.steps ?? [],
        ...defined({ ways: work.ways, writes: work.writes, format: flags.json ? 'json' : undefined }),
        ...defined({ site: siteOf(config.recipe) }),
        // once on a terminal
        ...(isAsked && process.stdout.isTTY && !flags.json ? {} : { header }),
        flags: flagsOfSteps(config.recipe),
        verbose: flags.verbose,
      },
      onSignal: 'cancel',
      rootSteps: runByRoot(config.recipe),
      options: begin,
      notify: prepareNotify({ config, environment }),
    })
    noteRuns(config, environment.name, outcomes?.flatMap(({ run }) => run ?? []) ?? [request])
    this.exit(endRun(outcomes, { recipe: config.recipe, reach, json: flags.json }))
  }
}

const WAYS = ['demo', 'changed', 'outdated', 'partial', 'allow-drift'] as const

function hostNames(environment: CheckedEnvironment, named: readonly string[] | undefined): string[] {
  const hosts = environment.kind === 'hosts' ? environment.hosts : [{ name: 'sandbox' }]
  return chooseHosts(hosts, named, environment.name).map(({ name }) => name)
}

const DRIFT_ALLOWED =
  "--allow-drift: each host runs the recipe that root installed on it, and its history says 'recipe not compared'"

function seeDrift(environment: string): string {
  return `To see what differs: ${nameCommand('install --diff', environment)}`
}

/** What is known of a run before it begins, if the host has this recipe. */
function toldBy(recipe: Recipe, steps: readonly PlannedStep[]): Pick<Work, 'steps' | 'writes' | 'gitStep'> {
  return { steps, writes: publishedBy(recipe), ...defined({ gitStep: fetchingStep(recipe)?.name }) }
}

/** The request of somebody who does not ask which recipe the host has. */
function withoutDigest({ digest: _, ...request }: DeployRequest): DeployRequest {
  return request
}

/** What is known of it before a host has answered. */
async function headerOf(
  environment: CheckedEnvironment,
  { ref, commit }: DeployRequest,
  folder: string,
): Promise<HeaderSource> {
  const about = (way: Parameters<HeaderSource['about']>[0]) => describeCommit(folder, way)
  // a named commit is what it is
  if (commit !== undefined)
    return { notes: [], about, commit, known: await about({ to: commit, from: undefined }) }
  return { notes: environment.kind === 'hosts' ? await unpushedNotes(folder, ref) : [], about }
}

const DURATION = /^([1-9][0-9]{0,5})(s|m|h)$/
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 }

/** Reads a time such as 15m, in milliseconds. @throws UsageError */
function readDuration(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? []
  if (count === undefined) throw new UsageError(`'${text}' is not a duration: write 90s, 15m or 2h`)
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
