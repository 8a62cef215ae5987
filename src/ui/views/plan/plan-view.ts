// What a deploy would do: on each host what is live, what comes, what would change, and what stands in its way.

import { defined } from '../../../defined.ts'
import type { PlannedStep } from '../../../protocol/event.ts'
import type { Ref } from '../../../protocol/request.ts'
import type { HostPlan } from '../../../results/host-answer.ts'
import { errorData, renderJsonLine } from '../../../safe-text/json-line.ts'
import { refWords } from '../../../words/ref.ts'
import { chooseStyle, type Style } from '../../output/style.ts'
import { foldHosts } from '../fold-hosts.ts'
import { hostRows, type PlanLook, type Row } from './plan-rows.ts'
import { isLive, type Ways, wouldDeploy } from './would-deploy.ts'

type PlanQuestion = Ways & {
  app: string
  environment: string
  ref: Ref
  /** of commits: as far as the checkout has them */
  subjects?: ReadonlyMap<string, string>
  plans: readonly HostPlan[]
  steps: readonly PlannedStep[]
  /** by the step's name: what has to be given for it */
  flags: ReadonlyMap<string, string>
  now?: Date
  style?: Style
}

/** Formats the hosts that answered; those that said the same are one. */
export function formatPlan(question: PlanQuestion): string[] {
  const { app, environment, ref, plans, style = chooseStyle(process.stdout, process.env) } = question
  const { now = new Date(), subjects = new Map() } = question
  const look: PlanLook = { ...question, style, now, subjects }
  const answered = plans.filter(({ error }) => !error)
  if (answered.length === 0) return []
  const groups = Map.groupBy(answered, (plan) => keyOf(plan, look))
  const lines = (rows: readonly Row[]) =>
    rows.map(([name, text]) => `  ${style.paint('dim', name.padEnd(8))}  ${text}`)
  return [
    `${app} in ${environment}: ${refWords(ref)}`,
    ...[...groups.values()].flatMap((group) => [
      '',
      style.paint('bold', foldHosts(group.map(({ host }) => host))),
      ...group.slice(0, 1).flatMap((first) => lines(hostRows(first, look))),
      ...lines(spaceRows(group, style)),
    ]),
    '',
    ...lines(stepRows(question)),
  ]
}

/** Formats what the hosts said for programs: one line of JSON for each host. */
export function formatPlanJson({
  plans,
  steps,
  ...ways
}: Pick<PlanQuestion, 'plans' | 'steps' | keyof Ways>): string[] {
  return plans.map((plan) => {
    const { host, error, ...said } = plan
    const verdict = (ways.isOfChanged || ways.isOfOutdated) && !error ? verdictOf(plan, ways) : {}
    return renderJsonLine({
      ...{ event: 'host-plan', host, ...said, ...verdict },
      ...{ steps, error: error && errorData(error) },
    })
  })
}

/** What `--changed` and `--outdated` would make of a host. */
function verdictOf(plan: HostPlan, ways: Ways) {
  const deploys = wouldDeploy(plan, ways)
  const unknown = ways.isOfChanged ? ('unknown' as const) : undefined
  const paths = isLive(plan.status) ? (plan.paths ?? unknown) : undefined
  return defined({ paths, deploys })
}

/** Equal for hosts that are to be shown as one. */
function keyOf(plan: HostPlan, look: PlanLook): string {
  const low = spacesOf(plan).map((space) => (isLow(space) ? spaceWords(space) : ''))
  return [...hostRows(withoutClock(plan), look).map((row) => row.join(' ')), ...low].join('\n')
}

/** Hosts are asked a second apart: that makes no difference. */
function withoutClock({ status, ...plan }: HostPlan): HostPlan {
  if (!status) return plan
  const { holder, freeze, ...rest } = status
  return {
    ...plan,
    status: {
      ...rest,
      ...(holder ? { holder: { ...holder, seconds: 0 } } : {}),
      ...(freeze ? { freeze: { ...freeze, seconds: 0 } } : {}),
    },
  }
}

/** A file system, with the folders that a deploy writes to. */
type Space = { paths: readonly string[]; free: number; all: number }

/** Folders with the same room are of the same file system. */
function spacesOf({ space = [] }: HostPlan): Space[] {
  const same = Map.groupBy(space, ({ free, all }) => `${free} ${all}`)
  return [...same.values()].flatMap((folders) =>
    folders.slice(0, 1).map(({ free, all }) => ({ paths: folders.map(({ path }) => path), free, all })),
  )
}

const LOW_KIB = 100 * 1024
const LOW_SHARE = 0.03

function isLow({ free, all }: Space): boolean {
  return free < LOW_KIB || free < all * LOW_SHARE
}

/** Of hosts that are shown as one, the one with the least room. */
function spaceRows(group: readonly HostPlan[], style: Style): Row[] {
  const each = group.map(spacesOf)
  const least = each.toSorted((a, b) => leastOf(a) - leastOf(b))[0] ?? []
  const more = group.length > 1 ? 'at least ' : ''
  return least.map((space, index) => [
    index === 0 ? 'space' : '',
    isLow(space) ? style.paint('red', `${more}${spaceWords(space)}`) : `${more}${spaceWords(space)}`,
  ])
}

function leastOf(spaces: readonly Space[]): number {
  return Math.min(...spaces.map(({ free }) => free))
}

function spaceWords({ free, paths }: Space): string {
  return `${sizeWords(free)} free for ${paths.join(', ')}`
}

function sizeWords(kib: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const
  let size = kib
  let at = 0
  while (size >= 1024 && at < units.length - 1) {
    size /= 1024
    at += 1
  }
  return `${size < 10 && at > 0 ? size.toFixed(1) : Math.floor(size)} ${units[at]}`
}

function stepRows({ steps, flags }: PlanQuestion): Row[] {
  const done = steps.filter(({ skipped }) => !skipped).map(({ name }) => name)
  const skipped = steps.filter((step) => step.skipped)
  const why = [...new Set(skipped.map(({ name, skipped: reason }) => flags.get(name) ?? reason))]
  return [
    ['steps', done.join(', ')],
    ...(skipped.length === 0
      ? []
      : [['skipped', `${skipped.map(({ name }) => name).join(', ')} (${why.join(', ')})`] as const]),
  ]
}
