// Reaches all hosts before anything begins on any: each is connected, and its gate has said what a deploy would find there.

import { defined } from '../../defined.ts'
import { CancelledError, HeldBackError, ShipitError, StepFailedError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'
import type { DeployRequest } from '../../protocol/request.ts'
import { type HostOutcome, NOTHING_TOUCHED, type Show } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import { deployWords, nameCommand } from '../../words/command.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import { doUntil, openUntil } from '../run/until-stopped.ts'
import type { FollowOptions, Work } from '../run/work.ts'

/** What is to be deployed to hosts that are asked first. */
export type MusterWork = Work & { request: DeployRequest }

/** Who begins, with what, and how it ended for the others. */
export type Mustered = {
  /** each with its open connection */
  ready: readonly Target[]
  /** with the one commit that all of them are to have */
  work: MusterWork
  /** of the hosts on which nothing begins */
  outcomes: readonly HostOutcome[]
}

/** Of git's last words. */
const MOST_WORDS_BYTES = 8192
const SHOWN_LINES = 6

/**
 * Asks all targets at once, and waits for all.
 * @param options `partial` begins on those that are ready where others are not
 */
export async function muster(
  targets: readonly Target[],
  work: MusterWork,
  show: Show,
  options: FollowOptions & { partial?: boolean },
): Promise<Mustered> {
  let commit = work.request.commit
  const asked = await Promise.all(
    targets.map(async (target) => {
      const readiness = await askReady(target, work, show, options)
      // the first that answers decides for all
      commit ??= readiness.commit
      return { target, ...readiness }
    }),
  )
  const isHeldBack = !options.partial && asked.some(({ error }) => error)
  const outcomes = asked.flatMap(({ target: { host }, connection, error }): HostOutcome[] => {
    if (!error && !isHeldBack) return []
    connection?.close()
    return [{ host, error: error ?? holdBack(host, targets[0]?.environment, work) }]
  })
  return {
    ready: asked.flatMap(({ target, connection, error }) =>
      connection && !error && !isHeldBack ? [{ ...target, opened: connection }] : [],
    ),
    work: { ...work, request: { ...work.request, ...defined({ commit }) } },
    outcomes,
  }
}

type Readiness = { connection?: Connection; commit?: string; error?: ShipitError }

/** Connects, and asks for the plan; failures are in the result and are not thrown. */
async function askReady(
  target: Target,
  work: MusterWork,
  show: Show,
  options: FollowOptions,
): Promise<Readiness> {
  const { host } = target
  const stops = [options.cancel, options.leave].flatMap((signal) => signal ?? [])
  const stop = AbortSignal.any(stops)
  let connection: Connection | undefined
  try {
    void show({ host, type: 'connecting' })
    connection = await openUntil(target, show, stop)
    const { status, commit } = await doUntil(askPlan(target, connection, work), stop)
    const against = status && whyNotNow(status, (options.waitMs ?? 0) > 0)
    if (against) throw explainRefusal(against, { ...target, ...work })
    return { connection, ...defined({ commit }) }
  } catch (error) {
    connection?.close()
    if (stop.aborted)
      return { error: new CancelledError(`the run on '${host}' was cancelled before it began`) }
    if (error instanceof ShipitError) return { error }
    throw error
  }
}

async function askPlan(
  target: Target,
  connection: Connection,
  work: MusterWork,
): Promise<{ status?: EventOf<'status'>; commit?: string }> {
  const { app, ref, commit, flags, digest } = work.request
  const request = { verb: 'plan', app, ref, flags, ...defined({ commit, digest }) } as const
  const said: { status?: EventOf<'status'>; commit?: string } = {}
  let words = Buffer.alloc(0)
  const end = await callGate(connection, request, target, (answer) => {
    if (answer.type === 'output') words = Buffer.concat([words, answer.bytes]).subarray(-MOST_WORDS_BYTES)
    if (answer.type !== 'event') return undefined
    const { event } = answer
    if (event.event === 'refused') {
      if (event.reason === 'repository') throw explainRepository(target, words.toString())
      throw explainRefusal(event, { ...target, ...work })
    }
    if (event.event === 'status') said.status = event
    if (event.event === 'plan') Object.assign(said, defined({ commit: event.commit }))
    return event.event === 'end' ? 'enough' : undefined
  })
  if (!end) return said
  throw new StepFailedError(`'${target.host}' stopped in the middle of its answer`)
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

function explainRepository({ host, environment }: Target, words: string): ShipitError {
  const lines = words.split('\n').filter((line) => line.trim() !== '')
  const said = lines.slice(-SHOWN_LINES).map((line) => cleanLine(line))
  return new StepFailedError([`'${host}' cannot read the repository:`, ...said].join('\n'), {
    suggestions: [
      `See whether the host may read it: ${nameCommand('doctor', environment?.split(' ')[0])}`,
      NOTHING_TOUCHED,
    ],
  })
}

function holdBack(host: string, environment: string | undefined, { request }: MusterWork): ShipitError {
  return new HeldBackError(`nothing was started on '${host}', since other hosts are not ready`, {
    suggestions: [
      `To deploy to the hosts that are ready: ${nameCommand(`${deployWords(request)} --partial`, environment)}`,
    ],
  })
}
