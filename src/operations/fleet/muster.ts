// Reaches all hosts before anything begins on any: each is connected, and its gate has said what a deploy would find there.

import { defined } from '../../defined.ts'
import { CancelledError, ConnectionError, HeldBackError, ShipitError } from '../../errors.ts'
import type { EventOf, PathsState } from '../../protocol/event.ts'
import type { DeployRequest } from '../../protocol/request.ts'
import type { HostPlan } from '../../results/host-answer.ts'
import type { HostOutcome, Show } from '../../results/progress.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { GateCall } from '../../ssh/gate/call-gate.ts'
import { deployWords, nameCommand } from '../../words/command.ts'
import { askFirst, askPlan } from '../ask/ask-plan.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import { doUntil, openUntil } from '../run/until-stopped.ts'
import type { FollowOptions, Work } from '../run/work.ts'

/** What is to be deployed to hosts that are asked first. */
export type MusterWork = Work & { request: DeployRequest }

/** Who begins, with what, and how it ended for the others. */
export type Mustered = {
  /** each with its open connection, on which the deploy may wait already */
  ready: readonly Target[]
  /** with the one commit that all of them are to have */
  work: MusterWork
  /** of the hosts on which nothing begins */
  outcomes: readonly HostOutcome[]
}

/** Which hosts begin, and with which commit none does. */
type Choice = {
  partial?: boolean
  outdated?: boolean
  changed?: readonly string[]
  refuse?: (commit: string) => ShipitError | undefined
  /** the hosts that are ready are to begin at once: each is sent the deploy itself, which waits for the word */
  begins?: boolean
}

/**
 * Asks all targets at once, and waits for all.
 * @param options `partial` begins on those that are ready where others are not; `outdated` on those alone where the commit is not live;
 *   `changed` on those alone where one of these folders and files of the repository differs from what is live, or that can't tell
 */
export async function muster(
  targets: readonly Target[],
  work: MusterWork,
  show: Show,
  options: FollowOptions & Choice,
): Promise<Mustered> {
  let commit = work.request.commit
  const answers = await Promise.all(
    targets.map(async (target) => {
      const readiness = await askReady(target, work, show, options)
      // the first that answers decides for all
      commit ??= readiness.commit
      return { target, ...readiness }
    }),
  )
  const refusal = commit === undefined ? undefined : options.refuse?.(commit)
  const asked = answers.map(({ error, ...each }) => {
    const notNeeded = whyNotNeeded(each, commit, options)
    return { ...each, notNeeded, error: notNeeded ? undefined : (error ?? refusal) }
  })
  await Promise.all(
    asked.map(({ target: { host }, status, paths, commit: own, notNeeded, error }) => {
      const live = status?.live
      // another host may have found a newer commit
      const compared = own === commit && paths !== undefined ? paths : 'unknown'
      return show({
        host,
        type: 'planned',
        isReady: error === undefined,
        ...defined({ live, commit, paths: options.changed && live ? compared : undefined }),
        ...defined({ isUnchanged: notNeeded?.isUnchanged }),
      })
    }),
  )
  // who cancels means all of them, those that had answered too
  const isCancelled = options.cancel?.aborted || options.leave?.aborted
  const isHeldBack = isCancelled || (!options.partial && asked.some(({ error }) => error))
  const outcomes = asked.flatMap(({ target: { host }, connection, notNeeded, error }): HostOutcome[] => {
    if (!error && !isHeldBack && !notNeeded) return []
    connection?.close()
    if (notNeeded && !isCancelled) return [{ host, ...notNeeded, ...defined({ commit }) }]
    return [
      {
        host,
        error: error ?? (isCancelled ? cancelled(host) : holdBack(host, targets[0]?.environment, work)),
      },
    ]
  })
  return {
    ready: asked.flatMap(({ target, connection, waiting, notNeeded, error }) =>
      connection && !error && !isHeldBack && !notNeeded
        ? [{ ...target, opened: connection, ...defined({ waiting }) }]
        : [],
    ),
    work: { ...work, request: { ...work.request, ...defined({ commit }) } },
    outcomes,
  }
}

/** An error after an answer has the connection with it. */
type Readiness = {
  connection?: Connection
  waiting?: GateCall
  status?: EventOf<'status'>
  commit?: string
  /** how the paths of `changed` in that commit compare with what is live */
  paths?: PathsState
  error?: ShipitError
}

/** Why a host can be left out: what is live there is all that a deploy would bring, and no run is about to change that. */
function whyNotNeeded(
  { status, paths, commit: own }: Readiness,
  commit: string | undefined,
  { outdated, changed }: Choice,
): Pick<HostOutcome, 'isUpToDate' | 'isUnchanged' | 'live'> | undefined {
  const { live, lock } = status ?? {}
  if (commit === undefined || live?.how !== 'complete' || lock !== 'free') return undefined
  // another host may have found a newer commit
  const isUnchanged = changed && paths === 'same' && own === commit
  if (live.commit === commit) return outdated || isUnchanged ? { isUpToDate: true } : undefined
  return isUnchanged ? { isUnchanged: true, live } : undefined
}

/** Connects, and asks for the plan; failures are in the result and are not thrown. */
async function askReady(
  target: Target,
  work: MusterWork,
  show: Show,
  options: FollowOptions & Choice,
): Promise<Readiness> {
  const { host } = target
  const stops = [options.cancel, options.leave].flatMap((signal) => signal ?? [])
  const stop = AbortSignal.any(stops)
  let connection: Connection | undefined
  try {
    const ask = async (open: Connection) => doUntil(askHost(target, open, work, options), stop)
    const opened = target.opened && (await ask(target.opened).catch(unlessLost))
    if (opened) connection = target.opened
    else void show({ host, type: 'connecting' })
    connection ??= await openUntil(target, show, stop)
    const { status, plan, paths, waiting } = opened ?? (await ask(connection))
    const against = status && whyNotNow(status, (options.waitMs ?? 0) > 0)
    const error = against && explainRefusal(against, { ...target, ...work }).asBeforeAll()
    return { connection, ...defined({ status, commit: plan?.commit, paths, waiting, error }) }
  } catch (error) {
    ;(connection ?? target.opened)?.close()
    if (stop.aborted) return { error: cancelled(host) }
    if (error instanceof ShipitError) return { error: error.asBeforeAll() }
    throw error
  }
}

/** Whether one of many files has changed only a plan tells, which needs no more than that of the deploy. */
function askHost(
  target: Target,
  connection: Connection,
  work: MusterWork,
  { begins, changed, waitMs = 0 }: FollowOptions & Choice,
): Promise<Omit<HostPlan, 'host' | 'error'> & { waiting?: GateCall }> {
  if (!begins || changed) return askPlan(target, connection, { ...work, ...defined({ paths: changed }) })
  const request = waitMs > 0 ? { ...work.request, wait: true } : work.request
  return askFirst(target, connection, { ...work, request })
}

/** A connection that was open may have died since. @throws what else it is */
function unlessLost(error: unknown): undefined {
  if (!(error instanceof ConnectionError)) throw error
}

/** What a deploy would be turned away by as things are: a lock is waited for only with `--wait`, a freeze never. */
function whyNotNow(
  { time, lock, holder, freeze }: EventOf<'status'> & { time: string },
  canWait: boolean,
): (EventOf<'refused'> & { time: string }) | undefined {
  const refused = { event: 'refused', time, exit: 75 } as const
  if (freeze) return { ...refused, reason: 'frozen', freeze }
  if (lock === 'free' || (lock === 'held' && canWait)) return undefined
  return { ...refused, reason: lock === 'held' ? 'locked' : 'busy', ...defined({ holder }) }
}

function cancelled(host: string): ShipitError {
  return new CancelledError(`the run on '${host}' was cancelled before it began`)
}

function holdBack(host: string, environment: string | undefined, { request, ways }: MusterWork): ShipitError {
  return new HeldBackError(`nothing was started on '${host}', since other hosts are not ready`, {
    suggestions: [
      `To deploy to the hosts that are ready: ${nameCommand(`${deployWords({ ...request, ways })} --partial`, environment)}`,
    ],
  })
}
