import { dirname } from 'node:path'
import { Command } from '@oclif/core'
import { askedDeploy, whichFlags } from '../cli/asked-deploy.ts'
import { isOnlyHere, listCommits, listRefs } from '../cli/checkout/ask-checkout.ts'
import { unpushedNotes } from '../cli/checkout/unpushed.ts'
import { chooseEnvironment } from '../cli/choose-hosts.ts'
import { configFlag, environmentArg, hostFlag, jsonAnswer } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { showErrors } from '../cli/print-answers.ts'
import { reachHosts } from '../cli/reach-hosts.ts'
import { configOption, renderFlags } from '../cli/recipe-flags.ts'
import { askPlans } from '../operations/ask/ask-plan.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { flagsOfSteps, planSteps } from '../recipe/planned-steps.ts'
import type { HostPlan } from '../results/host-answer.ts'
import { print, printJson, say } from '../ui/output/print-lines.ts'
import { formatPlan, formatPlanJson, type PlannedCommits } from '../ui/views/plan-view.ts'

export default class Plan extends Command {
  static override summary = 'Show what a deploy would do, and change nothing.'

  static override description =
    'Each host says what is live and which commit a deploy would bring, and what stands in its way. Nothing is fetched, and no lock is taken. ' +
    'The commits in between are those that your checkout has.'

  static override examples = [
    { description: 'Before a deploy of the default branch', command: '<%= config.bin %> plan production' },
    { description: 'Of another branch', command: '<%= config.bin %> plan production --branch my-branch' },
  ]

  static override args = { environment: environmentArg }

  static override flags = { ...whichFlags, host: hostFlag, config: configFlag, json: jsonAnswer }

  async run(): Promise<void> {
    const config = await loadConfig(configOption(this.argv))
    const declared = renderFlags(config.recipe.flags)
    const { args, flags } = await this.parse({ args: Plan.args, flags: { ...Plan.flags, ...declared } })
    const environment = chooseEnvironment(config, args.environment)
    const folder = dirname(config.file)
    const request = await askedDeploy(config, environment, flags)
    if (environment.kind === 'hosts' && request.commit === undefined)
      say((await unpushedNotes(folder, request.ref)).map((each) => `warning: ${each}`))
    const reach = await reachHosts({ config, environment, hosts: flags.host }, this.config)
    const plans = await askPlans(reach.targets, {
      request,
      knownRefs: () => listRefs(folder, request.ref.kind),
      isOnlyHere: () => isOnlyHere(folder, request.ref),
    })
    reach.close()
    if (flags.json) printJson(formatPlanJson(plans))
    else {
      const steps = planSteps(
        config.recipe,
        request.flags,
        environment.kind === 'sandbox' ? 'sandbox' : 'host',
      )
      const asked = { app: config.recipe.app, environment: environment.name, ref: request.ref }
      const commits = await commitsOf(folder, plans)
      print(formatPlan({ ...asked, plans, commits, steps, flags: flagsOfSteps(config.recipe) }))
      showErrors(plans)
    }
    this.exit(exitCodeOf(plans))
  }
}

/** What comes and goes, by `FROM TO`; without those that the checkout does not have. */
async function commitsOf(folder: string, plans: readonly HostPlan[]): Promise<Map<string, PlannedCommits>> {
  const ways = new Map(
    plans.flatMap(({ status, plan }) => {
      const from = status?.live?.commit
      const to = plan?.commit
      return from && to && from !== '-' && from !== to ? [[`${from} ${to}`, { from, to }] as const] : []
    }),
  )
  const found = await Promise.all(
    [...ways].map(async ([key, { from, to }]) => {
      const comes = await listCommits(folder, { from: to, to: from })
      const goes = await listCommits(folder, { from, to })
      return comes && goes ? [[key, { comes, goes }] as const] : []
    }),
  )
  return new Map(found.flat())
}
