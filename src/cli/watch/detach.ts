// Begins a run and leaves it: a line for each host as soon as its run has begun, or was not begun.

import { EXIT_CODES } from '../../errors.ts'
import type { Target } from '../../operations/explain/callee.ts'
import type { DeployOptions } from '../../operations/fleet/deploy.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import { startRuns } from '../../operations/fleet/start-runs.ts'
import type { Work } from '../../operations/run/work.ts'
import { type HostOutcome, isNotNeeded, type Progress } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { hintLines, print, printJson, say } from '../../ui/output/print-lines.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { nameCommand } from '../../words/command.ts'
import { lostWords } from '../../words/connection.ts'
import { notNeededWords } from '../../words/ending.ts'
import { waitingWords } from '../../words/holder.ts'
import { showErrors } from '../print-answers.ts'
import { keepLastWords, type LastWords, sayLeft } from './last-words.ts'
import { abandon, Signals } from './signals.ts'
import { WatchedHosts } from './watched-hosts.ts'

type Detached = {
  targets: readonly Target[]
  work: Work
  environment: string
  options: Pick<DeployOptions, 'waitMs' | 'partial' | 'outdated' | 'changed' | 'refuse' | 'mustered'>
  json: boolean
  /** sentences of what is not deployed; none if they were said */
  notes?: readonly string[]
}

/**
 * Begins it. The first press keeps it from starting where it has not started; elsewhere it keeps running. A SIGHUP ends shipit, and so does the
 * second press, a little later if hosts have not answered to the first.
 * @returns the exit code, and whether the run may be found on a host
 */
export async function detach(detached: Detached): Promise<{ code: number; mayHaveBegun: boolean }> {
  const { targets, work, options, notes = [] } = detached
  say(notes.map((note) => `warning: ${note}`))
  const beginnings = new Beginnings(detached)
  const hosts = new WatchedHosts(targets.map(({ host }) => host))
  const cancelling = new AbortController()
  const signals = new Signals()
  const show = (progress: Progress) => {
    hosts.take(progress)
    return beginnings.show(progress)
  }
  const starting = startRuns(targets, work, show, { ...options, cancel: cancelling.signal })
  keepLastWords(() => beginnings.openWords())
  try {
    for (;;) {
      const first = await Promise.race([starting, signals.next()])
      if (typeof first !== 'string') {
        keepLastWords(undefined)
        beginnings.tellAll()
        // a host that was being connected to
        if (cancelling.signal.aborted) abandon(starting)
        return { code: exitCodeOf(first), mayHaveBegun: beginnings.mayHaveBegun }
      }
      if (first === 'SIGHUP' || cancelling.signal.aborted) {
        if (cancelling.signal.aborted) await hosts.answeredOr(signals.next())
        if (hosts.haveEnded) continue
        abandon(starting)
        keepLastWords(undefined)
        sayLeft(first, beginnings.openWords())
        beginnings.tellAll()
        return { code: EXIT_CODES.cancelled, mayHaveBegun: beginnings.mayHaveBegun }
      }
      say(`${first}: run ${work.request.run} will not start on hosts where it has not started yet`)
      cancelling.abort()
    }
  } finally {
    signals.release()
  }
}

/** What is told of each host: that the run has begun there, why it has not, or what it waits for. */
class Beginnings {
  readonly #detached: Detached
  /** what was told last of a host that waits */
  readonly #waits = new Map<string, string>()
  /** by host: BEGUN, UP_TO_DATE, UNCHANGED, or the code of an error */
  readonly #ended: Record<string, string> = {}
  readonly #notBegun = new Set<string>()

  constructor(detached: Detached) {
    this.#detached = detached
  }

  show(progress: Progress): undefined {
    const { host } = progress
    if (progress.type === 'waiting') this.#sayWaiting(progress)
    if (progress.type === 'lost') say(`${host}: ${lostWords(progress.begun)}`)
    if (progress.type === 'cancel' && progress.error) say(`${host}: ${cleanLine(progress.error.message)}`)
    if (progress.type === 'ended') this.#end(progress.outcome)
  }

  /** Each host may have begun it that has not said otherwise. */
  get mayHaveBegun(): boolean {
    return this.#detached.targets.some(({ host }) => !this.#notBegun.has(host))
  }

  /** What is told once, of all hosts that are known: for `--json` in one line, for people what they can do next. */
  tellAll(): void {
    const { environment, json } = this.#detached
    if (json)
      printJson(
        renderJsonLine({
          event: 'begun',
          run: this.mayHaveBegun ? this.#run : undefined,
          hosts: this.#ended,
        }),
      )
    if (json || !Object.values(this.#ended).includes('BEGUN')) return
    const watchIt = `Watch it: ${nameCommand(`attach --run ${this.#run}`, environment)}`
    print(hintLines([watchIt], process.stdout))
  }

  /** Of the hosts of which nothing is known yet. */
  openWords(): LastWords {
    const { targets, environment } = this.#detached
    const open = targets.map(({ host }) => host).filter((host) => !Object.hasOwn(this.#ended, host))
    return {
      words: `unknown whether run ${this.#run} will start on ${foldHosts(open)}`,
      hints: [`Check the status: ${nameCommand('status', environment)}`],
    }
  }

  get #run(): string {
    return this.#detached.work.request.run
  }

  /** Once for each holder and place: the host is asked again and again. */
  #sayWaiting(waiting: Extract<Progress, { type: 'waiting' }>): void {
    const { host, holder, inLine } = waiting
    const what = `${holder?.run} ${inLine?.ahead} ${inLine?.behind}`
    if (this.#waits.get(host) === what) return
    this.#waits.set(host, what)
    say(`${host}: ${waitingWords(waiting)}`)
  }

  #end(outcome: HostOutcome): void {
    const { host, error } = outcome
    const { json } = this.#detached
    this.#ended[host] = wordOf(outcome)
    if (isNotNeeded(outcome) || (error && !error.isUnknown)) this.#notBegun.add(host)
    if (error) {
      showErrors([{ host, error }])
    } else if (!json) {
      if (isNotNeeded(outcome)) print(`${host}: ${notNeededWords(outcome)}`)
      else print(`${host}: run ${this.#run} has begun`)
    }
  }
}

/** What `--json` says of a host. */
function wordOf({ isUpToDate, isUnchanged, error }: HostOutcome): string {
  if (isUpToDate) return 'UP_TO_DATE'
  return isUnchanged ? 'UNCHANGED' : (error?.code ?? 'BEGUN')
}
