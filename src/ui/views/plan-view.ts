// What a deploy would do: on each host what is live, which commit comes, which commits that are, and what stands in its way.

import type { EventOf, Live, PlannedStep } from '../../protocol/event.ts'
import type { Ref } from '../../protocol/request.ts'
import type { HostPlan } from '../../results/host-answer.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'
import { busyWords, freezeWords, holderWords } from '../../words/holder.ts'
import { refWords, shortCommit } from '../../words/ref.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { foldHosts } from './fold-hosts.ts'

/** The newest first, one a line, and how many more there are. */
type Commits = { lines: readonly string[]; more: number }

/** Those that a deploy would bring, and those of what is live that it would take away. */
export type PlannedCommits = { comes: Commits; goes: Commits }

type PlanQuestion = {
  app: string
  environment: string
  ref: Ref
  plans: readonly HostPlan[]
  /** by `FROM TO`, as far as they are known here */
  commits: ReadonlyMap<string, PlannedCommits>
  steps: readonly PlannedStep[]
  /** by the step's name: what has to be given for it */
  flags: ReadonlyMap<string, string>
  style?: Style
}

/** Formats the hosts that answered; those that said the same are one. */
export function formatPlan(question: PlanQuestion): string[] {
  const { app, environment, ref, plans, style = chooseStyle(process.stdout, process.env) } = question
  const answered = plans.filter(({ error }) => !error)
  if (answered.length === 0) return []
  const groups = Map.groupBy(answered, (plan) =>
    hostRows(withoutClock(plan), question, style)
      .map((row) => row.join(' '))
      .join('\n'),
  )
  const lines = (rows: readonly Row[]) =>
    rows.map(([name, text]) => `  ${style.paint('dim', name.padEnd(8))}  ${text}`)
  return [
    `${app} in ${environment}: ${refWords(ref)}`,
    ...[...groups.values()].flatMap((group) => [
      '',
      style.paint('bold', foldHosts(group.map(({ host }) => host))),
      ...group.slice(0, 1).flatMap((first) => lines(hostRows(first, question, style))),
    ]),
    '',
    ...lines(stepRows(question)),
  ]
}

/** Formats what the hosts said for programs: one line of JSON for each host. */
export function formatPlanJson(plans: readonly HostPlan[]): string[] {
  return plans.map(({ host, status, plan, error }) =>
    renderJsonLine({ event: 'host-plan', host, status, plan, error: error && errorData(error) }),
  )
}

type Row = readonly [name: string, text: string]

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

function hostRows({ status, plan }: HostPlan, { commits }: PlanQuestion, style: Style): Row[] {
  const live = status?.live
  const to = plan?.commit
  const known = live && to ? commits.get(`${live.commit} ${to}`) : undefined
  return [
    ['live', live ? liveWords(live) : 'nothing yet'],
    [
      'comes',
      to === undefined ? 'no commit: the recipe has no git step' : comesWords(live, plan, known, style),
    ],
    ...(known?.comes.lines ?? []).map((line): Row => ['', `  ${cleanQuote(line)}`]),
    ...moreRow(known?.comes),
    ...(known && known.goes.lines.length > 0 && known.comes.lines.length > 0
      ? [['goes', style.paint('red', 'these commits would go away:')] as const, ...goneRows(known.goes)]
      : []),
    ...wayRows(status, style),
  ]
}

function liveWords(live: Live): string {
  const commit = live.commit === '-' ? 'no commit' : shortCommit(live.commit)
  return `${commit}  ${refWords(live.ref)}, run ${live.run}${live.how === 'partial' ? ', only partly' : ''}`
}

/** Says whether what comes is newer than what is live, older, or neither. */
function comesWords(
  live: Live | undefined,
  plan: EventOf<'plan'> | undefined,
  known: PlannedCommits | undefined,
  style: Style,
): string {
  const to = plan?.commit ?? ''
  const commit = style.paint('bold', shortCommit(to))
  if (!live || live.commit === '-') return commit
  if (live.commit === to) return `${commit}  the same commit: the steps run again`
  const comes = known ? countOf(known.comes) : plan?.comes
  const goes = known ? countOf(known.goes) : plan?.goes
  if (comes === undefined || goes === undefined)
    return `${commit}  unknown how many commits: git fetch may tell`
  if (comes === 0)
    return `${commit}  ${style.paint('yellow', `older by ${commitWords(goes)}: superseded, unless you say --back`)}`
  if (goes === 0) return `${commit}  ${commitWords(comes)} more`
  return `${commit}  ${commitWords(comes)} more, and ${style.paint('red', `${commitWords(goes)} of what is live would go away`)}`
}

function countOf({ lines, more }: Commits): number {
  return lines.length + more
}

function commitWords(count: number): string {
  return `${count} ${count === 1 ? 'commit' : 'commits'}`
}

function goneRows(goes: Commits): Row[] {
  return [...goes.lines.map((line): Row => ['', `  ${cleanQuote(line)}`]), ...moreRow(goes)]
}

function moreRow(some: Commits | undefined): Row[] {
  return some && some.more > 0 ? [['', `  and ${some.more} more`]] : []
}

/** What a deploy would be kept from by, as things are. */
function wayRows(status: HostPlan['status'], style: Style): Row[] {
  if (!status) return []
  const { lock, holder, freeze } = status
  return [
    ...(lock === 'free' ? [] : [['lock', lockWords(lock, holder, style)] as const]),
    ...(freeze ? [['frozen', style.paint('red', freezeWords(freeze))] as const] : []),
  ]
}

function lockWords(lock: 'held' | 'busy', holder: EventOf<'status'>['holder'], style: Style): string {
  return style.paint('yellow', lock === 'busy' ? busyWords(holder) : holder ? holderWords(holder) : 'held')
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
