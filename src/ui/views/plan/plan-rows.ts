// What a plan says of one host, row by row.
import type { EventOf, Live } from '../../../protocol/event.ts'
import type { HostPlan, Look, PlannedCommit, PlannedCommits, Unseen } from '../../../results/host-answer.ts'
import { cleanLine, cleanLines, cleanQuote } from '../../../safe-text/clean-text.ts'
import { busyWords, freezeWords, holderWords } from '../../../words/holder.ts'
import { whyDeployed } from '../../../words/paths.ts'
import { refWords, shortCommit } from '../../../words/ref.ts'
import type { Style } from '../../output/style.ts'
import { formatAge } from '../format-time.ts'
import { countsOf, isLive, isNotNeeded, isUpToDate, type Ways, wouldDeploy } from './would-deploy.ts'

/** A name, and what stands beside it; without a name it belongs to the row above. */
export type Row = readonly [name: string, text: string]

/** What all hosts of a plan have in common. */
export type PlanLook = Ways & {
  style: Style
  now: Date
  /** of commits, as far as the checkout has them */
  subjects: ReadonlyMap<string, string>
}

const SHOWN_COMMITS = 10
const SHOWN_WORDS = 6

export function hostRows(host: HostPlan, look: PlanLook): Row[] {
  const { status, plan, drift, comes, goes, looks = [], unseen = [] } = host
  const { style } = look
  const live: Row = ['live', status?.live ? liveWords(status.live) : 'nothing yet']
  // no more is done there
  if (isUpToDate(host, look))
    return [
      live,
      ['comes', `${shortCommit(plan?.commit ?? '')}  the same commit, so --outdated deploys nothing`],
    ]
  return [
    live,
    ['comes', plan?.commit === undefined ? 'no commit: the recipe has no git step' : comesWords(host, look)],
    ...commitRows(comes, look),
    ...(goes && goes.count > 0 ? [goesRow(comes, look), ...commitRows(goes, look)] : []),
    ...pathsRows(host, look),
    ...(drift ? [['drift', style.paint('red', 'the recipe on the host differs from yours')] as const] : []),
    ...wayRows(status, style),
    ...named(
      'stops',
      looks.flatMap((each) => stopLines(each, style)),
    ),
    ...named(
      'files',
      looks.flatMap((each) => fileLines(each, style)),
    ),
    ...named(
      'checks',
      looks.flatMap((each) => checkLines(each, style)),
    ),
    ...named(
      'unseen',
      unseen.flatMap((each) => unseenLines(each, style)),
    ),
  ]
}

function named(name: string, lines: readonly string[]): Row[] {
  return lines.map((line, index) => [index === 0 ? name : '', line])
}

function liveWords(live: Live): string {
  const commit = live.commit === '-' ? 'no commit' : shortCommit(live.commit)
  return `${commit}  ${refWords(live.ref)}, run ${live.run}${live.how === 'partial' ? ', only partly' : ''}`
}

/** Says whether what comes is newer than what is live, older, or neither. */
function comesWords(host: HostPlan, look: PlanLook): string {
  const { style, back, isOfChanged, subjects } = look
  const to = host.plan?.commit ?? ''
  const commit = style.paint('bold', shortCommit(to))
  if (!isLive(host.status)) {
    const subject = subjects.get(to)
    return subject === undefined ? commit : `${commit}  ${cleanQuote(subject)}`
  }
  if (host.status.live.commit === to)
    return `${commit}  the same commit${isOfChanged && wouldDeploy(host, look) === false ? '' : ': the steps run again'}`
  const { comes, goes } = countsOf(host)
  if (comes === undefined || goes === undefined) return `${commit}  number of commits unknown`
  if (comes === 0) {
    const older = `older by ${commitWords(goes)}`
    return `${commit}  ${back ? style.paint('red', older) : style.paint('yellow', `${older}: superseded, unless you pass --back`)}`
  }
  if (goes === 0) return `${commit}  ${commitWords(comes)} more`
  return `${commit}  ${commitWords(comes)} more, and ${style.paint('red', `${commitWords(goes)} of what is live would go away`)}`
}

function commitWords(count: number): string {
  return `${count} ${count === 1 ? 'commit' : 'commits'}`
}

/** An older commit takes nothing away unless it is asked to. */
function goesRow(comes: PlannedCommits | undefined, { style, back }: PlanLook): Row {
  return comes?.count === 0 && !back
    ? ['goes', style.paint('yellow', 'with --back these commits would go away:')]
    : ['goes', style.paint('red', 'these commits would go away:')]
}

function commitRows(commits: PlannedCommits | undefined, { now, style }: PlanLook): Row[] {
  if (!commits) return []
  const shown = commits.newest.slice(0, SHOWN_COMMITS)
  const more = commits.count - shown.length
  return [
    ...shown.map((each): Row => ['', `  ${commitLine(each, now, style)}`]),
    ...(more > 0 ? [['', `  and ${more} more`] as const] : []),
  ]
}

function commitLine({ commit, author, time, subject }: PlannedCommit, now: Date, style: Style): string {
  const who = style.paint('dim', `(${cleanQuote(author)}, ${formatAge(time, now)})`)
  return `${shortCommit(commit)}  ${cleanQuote(subject)}  ${who}`
}

/** What a deploy with `--changed` would make of the paths of the app. */
function pathsRows(host: HostPlan, look: PlanLook): Row[] {
  const { paths: state, status } = host
  const { style, isOfChanged } = look
  const deploys = wouldDeploy(host, look)
  if (state === 'same') {
    const isPartial = status?.live?.how === 'partial'
    const but = isPartial && deploys ? ', but the live commit is there only partly, so --changed deploys' : ''
    const so = isNotNeeded(host, look) ? ', so --changed deploys nothing' : but
    return [['paths', `nothing in this app changed${isOfChanged ? so : ''}`]]
  }
  if (state === 'changed')
    return isOfChanged
      ? [['paths', `something in this app changed${deploys ? ', so --changed deploys' : ''}`]]
      : []
  // with nothing live there is nothing to compare
  const asked = isOfChanged && isLive(status) ? 'unknown' : undefined
  const told = state ?? asked
  const why = told && whyDeployed(told)
  if (why === undefined) return []
  return [['paths', state === 'missing' ? style.paint('yellow', why) : why]]
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

function stopLines({ state, name, words }: Look, style: Style): string[] {
  if (state !== 'impossible') return []
  return [style.paint('red', `${name} would fail`), ...quoted(words)]
}

function fileLines(look: Look, style: Style): string[] {
  const { name } = look
  if (look.state === 'made') return [`${name}: unknown, since an earlier step makes the files`]
  if (look.state !== 'files') return []
  const counts = [
    ...(look.new > 0 ? [`${look.new} new`] : []),
    ...(look.changed > 0 ? [`${look.changed} changed`] : []),
    ...(look.deleted > 0 ? [style.paint('yellow', `${look.deleted} deleted`)] : []),
  ]
  const words = counts.length > 0 ? counts.join(', ') : 'nothing would change'
  const files = look.files ?? []
  const more = files.length > 0 ? look.new + look.changed + look.deleted - files.length : 0
  return [
    `${name}: ${words}${look.part ? ', not counting what an earlier step makes' : ''}`,
    ...files.map((file) => `  ${SIGNS[file.change]} ${cleanQuote(file.name)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

const SIGNS = { new: '+', changed: '~', deleted: '-' } as const

/** Says how a check went that was asked just now; nothing of another look. */
export function checkLines(
  { state, name, words }: Pick<Look, 'state' | 'name' | 'words'>,
  style: Style,
): string[] {
  if (state === 'passed') return [`${name}: ${style.paint('green', 'passes now')}`]
  if (state === 'failed') return [`${name}: ${style.paint('red', 'fails now')}`, ...quoted(words)]
  return []
}

const UNSEEN: Record<Unseen['reason'], string> = {
  busy: 'the host was busy with another plan or check of this app: try again',
  time: 'looking took too long, so the host stopped it',
  storage: 'the host could not write its scratch files: its disk may be full',
  size: 'the commit is too large to be looked at',
  fetch: 'the host could not fetch the commit',
  failed: 'the host could not look',
}

/** Says what a host could not look at. */
export function unseenLines({ reason, words }: Unseen, style: Style): string[] {
  return [style.paint('yellow', UNSEEN[reason]), ...quoted(words)]
}

const OURS = 'shipit: '

/** What a host said: its own sentences and the commands that follow the last one, else the last lines of a program. */
function quoted(words = ''): string[] {
  const lines = cleanLines(words).filter((line) => line.trim() !== '')
  const last = lines.findLastIndex((line) => line.startsWith(OURS))
  const own = lines.flatMap((line, at) =>
    line.startsWith(OURS) ? [line.slice(OURS.length)] : last !== -1 && at > last ? [line] : [],
  )
  return (own.length > 0 ? own : lines).slice(-SHOWN_WORDS).map((line) => `  ${cleanLine(line)}`)
}
