// The line for people in a notification: each group of hosts by its name, with what is live there.
import type { Notification } from '../../json/notification.ts'
import { type HostOutcome, isNotNeeded, isSuperseded } from '../../results/progress.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { formatDuration } from '../../words/duration.ts'
import { briefCommit, refWords } from '../../words/ref.ts'

/** More reasons are not for one line. */
const MOST_REASONS = 3

type About = Pick<Notification, 'environment' | 'verb' | 'run' | 'ref' | 'user' | 'commit' | 'ms'> & {
  /** of a rollback: the run that it goes back to */
  to?: string | undefined
}

/** Says how it ended: `branch 'main' (1a2b3c4) is live on web1 (production); web2 keeps 5d6e7f8 (nothing changed), by alice, 12.3 s`. */
export function notificationText(outcomes: readonly HostOutcome[], about: About): string {
  const { user, ms } = about
  const failures = failureClauses(outcomes)
  const live = liveClauses(outcomes, about)
  const [first = '', ...others] = [...failures, ...live]
  const begin =
    failures.length > 0 ? `${deedOf(about)} ${first}` : `${whatOf(about)} ${first} (${about.environment})`
  // the line has named it by then
  const clauses = [begin, ...others.map((clause) => clause.replace(/^is /, 'it is '))]
  return `${clauses.join('; ')}${user === undefined ? '' : `, by ${user}`}, ${formatDuration(ms)}`
}

function failureClauses(outcomes: readonly HostOutcome[]): string[] {
  const failed = outcomes.filter(({ error }) => error && error.kind !== 'held-back')
  const clauses = [...Map.groupBy(failed, reasonOf)].map(([reason, group]) => ({
    reason,
    hosts: namesOf(group),
  }))
  const rest = clauses.slice(MOST_REASONS).flatMap(({ hosts }) => hosts)
  return [
    ...clauses.slice(0, MOST_REASONS).map(({ reason, hosts }) => reason.replace(HOSTS, foldHosts(hosts))),
    ...(rest.length > 0 ? [`failed on ${foldHosts(rest)}`] : []),
  ]
}

/** Where the names of hosts come. */
const HOSTS = '\0'

function reasonOf({ host, error }: HostOutcome): string {
  const { kind, message = '' } = error ?? {}
  const otherwise = kind === 'unknown' ? 'ended in an unknown state' : 'failed'
  return `${kind === 'cancelled' ? 'was cancelled' : otherwise} on ${HOSTS}: ${message.replaceAll(` on '${host}'`, '')}`
}

/** One clause for each group of hosts where nothing failed; those of the same words are together. */
function liveClauses(outcomes: readonly HostOutcome[], { verb }: About): string[] {
  const clauseOf = (each: HostOutcome) => {
    if (each.error) return `it was not started on ${HOSTS}`
    if (each.isUpToDate) return `${HOSTS} had it already`
    const live = each.outcome?.live ?? each.live
    const kept = live ? briefCommit(live.commit) : 'what is live'
    if (each.isUnchanged) return `${HOSTS} keeps ${kept} (nothing changed)`
    if (isSuperseded(each))
      return `is superseded on ${HOSTS} by ${live ? `the newer ${kept}` : 'a newer one'}`
    return verb === 'rollback' ? `is live again on ${HOSTS}` : `is live on ${HOSTS}`
  }
  const rank = (each: HostOutcome) => (isNotNeeded(each) || each.error ? 2 : isSuperseded(each) ? 1 : 0)
  const shown = outcomes
    .filter(({ error }) => !error || error.kind === 'held-back')
    .toSorted((one, other) => rank(one) - rank(other))
  return [...Map.groupBy(shown, clauseOf)].map(([clause, group]) => {
    const hosts = namesOf(group)
    const words = hosts.length > 1 ? clause.replace(/\bkeeps\b/, 'keep') : clause
    return words.replace(HOSTS, foldHosts(hosts))
  })
}

function namesOf(outcomes: readonly HostOutcome[]): string[] {
  return outcomes.map(({ host }) => host)
}

/** `branch 'main' (1a2b3c4)`; of a rollback that never began, only the run is known. */
function whatOf({ ref, commit, to, run }: About): string {
  return `${ref ? refWords(ref) : `run ${to ?? run}`}${commit ? ` (${briefCommit(commit)})` : ''}`
}

function deedOf(about: About): string {
  const { verb, environment, to, ref } = about
  if (verb === 'deploy') return `deploy of ${whatOf(about)} to ${environment}`
  // the newest good run of each host
  const back = ref || to !== undefined ? ` to ${whatOf(about)}` : ''
  return `rollback of ${environment}${back}`
}
