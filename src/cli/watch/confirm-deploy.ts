// The question before a deploy, where the config wants one: with what is live on the hosts, and what would take its place.
import { UsageError } from '../../errors.ts'
import type { Target } from '../../operations/explain/callee.ts'
import type { DeployOptions } from '../../operations/fleet/deploy.ts'
import { type Mustered, type MusterWork, muster } from '../../operations/fleet/muster.ts'
import type { Ref } from '../../protocol/request.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { say } from '../../ui/output/print-lines.ts'
import { askYes, canAsk, isAsking } from '../../ui/output/prompt.ts'
import { columnsOf } from '../../ui/output/screen-lines.ts'
import { chooseStyle } from '../../ui/output/style.ts'
import { DeployHeader } from '../../ui/record/deploy-header.ts'
import type { DeployPlan } from '../../ui/record/deploy-plan.ts'
import type { HeaderSource } from '../../ui/record/header-words.ts'
import { HostRecord } from '../../ui/record/host-record.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { notNeededWords } from '../../words/ending.ts'

type Question = {
  targets: readonly Target[]
  work: MusterWork
  environment: string
  header: HeaderSource
  options: Pick<DeployOptions, 'waitMs' | 'partial' | 'outdated' | 'changed' | 'refuse'>
}

/** After this time a person is told what shipit waits for. */
const NOTICE_MS = 700

/** For before any host is contacted. @throws UsageError where nobody can be asked */
export function refuseUnasked(ref: Ref, environment: string): void {
  if (!canAsk())
    throw new UsageError(`deploying ${whatWords(ref, environment)} needs a confirmation: pass --yes`)
}

function whatWords({ kind, name }: Ref, environment: string): string {
  return `${kind} '${name}' to ${environment}`
}

/**
 * Asks the hosts, then the person. The connections stay open for the deploy.
 * @returns what to deploy, and where: just what was shown. Where hosts are not ready, `mustered` has why, and those that are begin.
 * @throws UsageError without a yes
 */
export async function confirmDeploy({
  targets,
  work,
  environment,
  header: source,
  options,
}: Question): Promise<{ targets: readonly Target[]; work: MusterWork; mustered?: Mustered }> {
  const { app, ref } = work.request
  const what = whatWords(ref, environment)
  const hosts = targets.map(({ host }) => host)
  const cancel = { rootSteps: new Set<string>(), lastStep: undefined, command: '' }
  const plan: DeployPlan = { app, environment, ref, hosts, steps: [], cancel }
  const records = new Map(hosts.map((host) => [host, new HostRecord(host, plan, { colour: false })]))
  const header = new DeployHeader(plan, source, records)
  const notice = setTimeout(() => {
    if (!isAsking()) say(`asking ${foldHosts(hosts)} what is live`)
  }, NOTICE_MS)
  const mustered = await muster(
    targets,
    work,
    (progress) => {
      records.get(progress.host)?.take(progress)
      return progress.type === 'planned' ? header.look(progress) : undefined
    },
    options,
  ).finally(() => clearTimeout(notice))
  if (mustered.ready.length === 0) return { targets, work, mustered }
  const style = chooseStyle(process.stderr, process.env)
  try {
    say(mustered.outcomes.map(leftOut))
    say(header.linesWithReasons(style, columnsOf(process.stderr)))
    if (!(await askYes(`Deploy ${what}?`))) throw new UsageError('not deployed: you did not confirm')
  } catch (error) {
    for (const { opened } of mustered.ready) opened?.close()
    throw error
  }
  if (mustered.outcomes.length > 0) return { targets, work: mustered.work, mustered }
  // a person may take long: where there are several, they are asked once more
  return { targets: mustered.ready, work: mustered.work }
}

/** A host of the environment that a yes is not for. */
function leftOut(outcome: HostOutcome): string {
  const { host, error } = outcome
  return error ? `! ${host} is left out: ${cleanLine(error.message)}` : `${host}: ${notNeededWords(outcome)}`
}
