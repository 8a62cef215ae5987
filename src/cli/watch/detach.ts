// Begins a run and leaves it: a line for each host as soon as its run has begun, or was not begun.

import { EXIT_CODES } from '../../errors.ts'
import type { Target } from '../../operations/explain/callee.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import { startRuns } from '../../operations/fleet/start-runs.ts'
import type { Work } from '../../operations/run/work.ts'
import type { Progress } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { hintLines, print, printJson, say } from '../../ui/output/print-lines.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { nameCommand } from '../../words/command.ts'
import { lostWords } from '../../words/connection.ts'
import { holderWords } from '../../words/holder.ts'
import { showErrors } from '../print-answers.ts'
import { keepLastWords, sayLeft } from './last-words.ts'
import { abandon, Signals } from './signals.ts'

type Detached = {
  targets: readonly Target[]
  work: Work
  environment: string
  waitMs: number
  json: boolean
}

/**
 * Begins it. The first signal keeps it from starting where it has not started; elsewhere it keeps running. The second, or a SIGHUP, ends
 * shipit.
 * @returns the exit code
 */
export async function detach({ targets, work, environment, waitMs, json }: Detached): Promise<number> {
  const { run } = work.request
  const cancelling = new AbortController()
  const holders = new Map<string, string>()
  const hosts: Record<string, string> = {}
  const show = (progress: Progress): undefined => {
    const { host } = progress
    if (progress.type === 'waiting' && holders.get(host) !== progress.holder?.run) {
      holders.set(host, progress.holder?.run ?? '')
      const holder = progress.holder ? `: ${holderWords(progress.holder)}` : ''
      say(`${host}: waiting for the lock${holder}`)
    }
    if (progress.type === 'lost') say(`${host}: ${lostWords(progress.begun)}`)
    if (progress.type === 'cancel' && progress.error) say(`${host}: ${cleanLine(progress.error.message)}`)
    if (progress.type !== 'ended') return
    const { error } = progress.outcome
    hosts[host] = error?.code ?? 'BEGUN'
    if (error) showErrors([{ host, error }])
    else if (!json) print([`${host}: run ${run} has begun`, ...hintLines([watchIt], process.stdout)])
  }
  const watchIt = `Watch it: ${nameCommand(`attach --run ${run}`, environment)}`
  const signals = new Signals()
  const starting = startRuns(targets, work, show, { waitMs, cancel: cancelling.signal })
  const tell = () => {
    if (json) printJson(renderJsonLine({ event: 'begun', run, hosts }))
  }
  const openWords = () => {
    const open = targets.map(({ host }) => host).filter((host) => !Object.hasOwn(hosts, host))
    return {
      words: `unknown whether run ${run} will start on ${foldHosts(open)}`,
      hints: [`See how it is: ${nameCommand('status', environment)}`],
    }
  }
  keepLastWords(openWords)
  try {
    for (;;) {
      const first = await Promise.race([starting, signals.next()])
      if (typeof first !== 'string') {
        keepLastWords(undefined)
        tell()
        // a host that was being connected to
        if (cancelling.signal.aborted) abandon(starting)
        return exitCodeOf(first)
      }
      if (first === 'SIGHUP' || cancelling.signal.aborted) {
        abandon(starting)
        keepLastWords(undefined)
        sayLeft(first, openWords())
        tell()
        return EXIT_CODES.cancelled
      }
      say(`${first}: run ${run} will not start on hosts where it has not started yet`)
      cancelling.abort()
    }
  } finally {
    signals.release()
  }
}
