// Reads the log of a run from each host that has it: what there is, or until the run has ended.
import { ShipitError } from '../errors.ts'
import type { Show } from '../protocol/progress.ts'
import { callGate } from '../ssh/call-gate.ts'
import type { Connection } from '../ssh/open-connection.ts'
import { explainRefusal } from './explain-refusal.ts'
import { followRun, type Target } from './follow-run.ts'

/** What became of reading: how the run went is not its affair. */
export type LogRead = { host: string; error?: ShipitError }

/** @returns one for each target, in order; failures are in them and are not thrown */
export function readLogs(
  targets: readonly Target[],
  log: { run: string; app: string; follow: boolean },
  show: Show,
  leave: AbortSignal,
): Promise<LogRead[]> {
  return Promise.all(
    targets.map(async (target): Promise<LogRead> => {
      if (!log.follow) return readLog(target, log, show, leave)
      const work = { request: { verb: 'attach', run: log.run, app: log.app } } as const
      const { outcome, error } = await followRun(target, work, show, { leave })
      return { host: target.host, ...(error && !outcome ? { error } : {}) }
    }),
  )
}

async function readLog(
  target: Target,
  { run, app }: { run: string; app: string },
  show: Show,
  leave: AbortSignal,
): Promise<LogRead> {
  const { host, open } = target
  let connection: Connection | undefined
  try {
    connection = await open()
    const opened = connection
    leave.addEventListener('abort', () => opened.close(), { once: true })
    await callGate(connection, { verb: 'log', run, app }, target, (piece) => {
      if (piece.type === 'output') return show({ host, type: 'output', bytes: piece.bytes })
      if (piece.event.event === 'refused')
        throw explainRefusal(piece.event, { ...target, request: { run, app } })
      return show({ host, type: 'event', event: piece.event })
    })
    return { host }
  } catch (error) {
    if (error instanceof ShipitError) return { host, error }
    throw error
  } finally {
    connection?.close()
  }
}
