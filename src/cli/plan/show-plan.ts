// Shows what a deploy would do: for plan, and for a dry run of deploy.
import { dirname } from 'node:path'
import type { CheckedConfig, CheckedEnvironment } from '../../config/checked-config.ts'
import { defined } from '../../defined.ts'
import type { ShipitError } from '../../errors.ts'
import { askPlans } from '../../operations/ask/ask-plan.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import type { DeployRequest } from '../../protocol/request.ts'
import { flagsOfSteps, planSteps } from '../../recipe/planned-steps.ts'
import type { HostPlan } from '../../results/host-answer.ts'
import { hintLines, print, printJson, say } from '../../ui/output/print-lines.ts'
import { formatPlan, formatPlanJson } from '../../ui/views/plan/plan-view.ts'
import { isLive, isNotNeeded, type Ways } from '../../ui/views/plan/would-deploy.ts'
import { type DeployWay, nameCommand } from '../../words/command.ts'
import { describeCommit } from '../checkout/describe-commit.ts'
import { refsHere } from '../checkout/refs-here.ts'
import { unpushedNotes } from '../checkout/unpushed.ts'
import { showErrors } from '../print-answers.ts'
import { type Package, reachHosts } from '../reach-hosts.ts'
import { explainOther, type Required } from './which-commit.ts'

type Asked = {
  config: CheckedConfig
  environment: CheckedEnvironment
  request: DeployRequest
  hosts?: readonly string[] | undefined
  /** with the names of the files that would change */
  files?: boolean
  json: boolean
  /** of --changed: the folders and files of the app */
  changed?: readonly string[]
  /** what the deploy is allowed besides `--back`, and `--outdated` */
  ways?: Omit<Ways, 'back' | 'isOfChanged'>
  /** the same, as a command line has it */
  flags?: readonly DeployWay[]
  /** what a deploy must be of, or why that is not known */
  required?: Required
  unknown?: ShipitError
}

/** Asks all hosts, and prints what they say. @returns the exit code */
export async function showPlan(asked: Asked, shipit: Package): Promise<number> {
  const { config, environment, request, hosts, json } = asked
  const folder = dirname(config.file)
  // a named commit is what it is
  if (environment.kind === 'hosts' && request.commit === undefined)
    say((await unpushedNotes(folder, request.ref)).map((each) => `warning: ${each}`))
  const reach = await reachHosts({ config, environment, hosts }, shipit)
  const plans = await askPlans(reach.targets, {
    request,
    look: asked.files ? 'files' : 'counts',
    ...(config.paths.length > 0 ? { paths: config.paths } : {}),
    ...defined({ ways: asked.flags }),
    ...refsHere(config, environment, request.ref),
  })
  reach.close()
  const where = environment.kind === 'sandbox' ? 'sandbox' : 'host'
  const steps = planSteps(config.recipe, request.flags, where)
  const { ref, back = false } = request
  const look = { ...waysOf(asked), back }
  if (json) {
    printJson(formatPlanJson({ plans, steps, ...look }))
    return finish(asked, plans)
  }
  const subjects = await subjectsOf(plans, folder)
  const { app } = config.recipe
  print(
    formatPlan({
      ...{ app, environment: environment.name, ref, plans, steps, subjects, ...look },
      flags: flagsOfSteps(config.recipe),
    }),
  )
  if (plans.some(({ drift }) => drift))
    print(
      hintLines([`To see what differs: ${nameCommand('install --diff', environment.name)}`], process.stdout),
    )
  showErrors(plans)
  return finish(asked, plans)
}

/** Of commits that take the place of none, as far as the checkout has them: a host that compares two names those that come. */
async function subjectsOf(plans: readonly HostPlan[], folder: string): Promise<ReadonlyMap<string, string>> {
  const firsts = plans.flatMap(({ status, plan }) => (isLive(status) ? [] : (plan?.commit ?? [])))
  const known = await Promise.all(
    [...new Set(firsts)].map(async (to) => [to, (await describeCommit(folder, { to })).subject] as const),
  )
  return new Map(known.flatMap(([to, subject]) => (subject === undefined ? [] : [[to, subject]])))
}

function waysOf({ ways, changed }: Asked): Omit<Ways, 'back'> {
  return { ...ways, isOfChanged: changed !== undefined }
}

/** Says last what a deploy would be refused for, though no host refuses it. */
function finish(asked: Asked, plans: readonly HostPlan[]): number {
  const { environment, request, required, unknown } = asked
  const ways = waysOf(asked)
  const code = exitCodeOf(plans)
  if (code !== 0) return code
  if (unknown) throw unknown
  // where nothing is done, it is not asked which commit it is, but for one that was named with --outdated alone
  const isAsked = request.commit !== undefined && !ways.isOfChanged
  if (!isAsked && plans.every((plan) => isNotNeeded(plan, ways))) return code
  const commit = request.commit ?? plans.find(({ plan }) => plan?.commit)?.plan?.commit
  const refusal = required && commit && explainOther(commit, required, environment.name)
  if (refusal) throw refusal
  return code
}
