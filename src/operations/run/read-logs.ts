// Reads the log of a run from each host that has it: what there is, or until the run has ended.

import { setTimeout } from 'node:timers/promises'
import { defined } from '../../defined.ts'
import { ConnectionError, ShipitError } from '../../errors.ts'
import type { Request } from '../../protocol/request.ts'
import type { Show } from '../../results/progress.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { Take } from '../../ssh/connection/remote-process.ts'
import type { Answer } from '../../ssh/gate/answer-reader.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import { followRun } from './follow-run.ts'

/** What became of reading: how the run went is not its affair. */
export type LogRead = { host: string; error?: ShipitError }

/** What to read. */
type Log = {
  run: string
  app: string
  follow: boolean
  /**
   * given where the end of the first long output will do, and another login for it: it is told before what follows the gap, which
   * begins with a whole line
   */
  onGap?: (host: string) => void
}

/** @returns one for each target, in order; failures are in them and are not thrown */
export function readLogs(
  targets: readonly Target[],
  log: Log,
  show: Show,
  leave: AbortSignal,
): Promise<LogRead[]> {
  return Promise.all(
    targets.map(async (target): Promise<LogRead> => {
      if (!log.follow) return readLog(target, log, show, leave)
      const work = { request: { verb: 'attach', run: log.run, app: log.app } } as const
      const { outcome, error } = await followRun(target, work, show, { leave })
      return { host: target.host, ...defined({ error: outcome ? undefined : error }) }
    }),
  )
}

/** Reads what there is; where the link is lost in the middle, the rest is asked for from the place where it broke. */
async function readLog(
  target: Target,
  { run, app, onGap }: Log,
  show: Show,
  leave: AbortSignal,
): Promise<LogRead> {
  const { host } = target
  let offset = 0
  let events = 0
  /** after a gap: the rest of a line is not shown, since half a secret would not be known as one */
  let isWithinLine = false
  // each gap is a login more, for which a person may have to touch a key, and a firewall may count them
  let mayLeaveOut = onGap !== undefined
  try {
    for (let failures = 0; ; ) {
      const before = offset + events
      const end = await readRest(target, { verb: 'log', run, app, offset, events }, leave, (piece) => {
        if (piece.type === 'output') {
          offset += piece.bytes.length
          if (mayLeaveOut && piece.left >= LEAST_GAP_BYTES + TAIL_BYTES) {
            offset += piece.left - TAIL_BYTES
            isWithinLine = true
            mayLeaveOut = false
            onGap?.(host)
            return 'enough'
          }
          const begins = isWithinLine ? piece.bytes.findIndex(endsLine) : -1
          if (isWithinLine && begins < 0) return undefined
          isWithinLine = false
          return show({ host, type: 'output', bytes: piece.bytes.subarray(begins + 1) })
        }
        if (piece.type === 'event' && piece.event.event === 'hello')
          return before > 0 ? undefined : show({ host, type: 'event', event: piece.event })
        if (piece.type === 'event' && piece.event.event === 'refused')
          throw explainRefusal(piece.event, { ...target, request: { run, app } })
        events += 1
        isWithinLine = false
        return piece.type === 'unknown' ? undefined : show({ host, type: 'event', event: piece.event })
      })
      if (end === 'whole' || leave.aborted) return { host }
      if (end === 'gap') continue
      failures = offset + events > before ? 0 : failures + 1
      if (failures >= MAX_FAILURES) throw end
      await setTimeout(RETRY_MS * 2 ** failures, undefined, { signal: leave }).catch(() => {})
    }
  } catch (error) {
    if (error instanceof ShipitError) return { host, error }
    throw error
  }
}

/** Of the output that comes before an event, where its end will do; 60 lines have far less. */
const TAIL_BYTES = 512 * 1024
/** To leave less out is not worth a second login. */
const LEAST_GAP_BYTES = 8 * 1024 * 1024

/** A CR draws the line anew. */
function endsLine(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d
}

/** In a row, without anything new in between. */
const MAX_FAILURES = 4
const RETRY_MS = 250

/** @returns why it is not whole, or that something is to be left out; of a host that can't be reached at the first try it is thrown */
async function readRest(
  target: Target,
  request: Extract<Request, { verb: 'log' }>,
  leave: AbortSignal,
  take: Take<Answer>,
): Promise<'whole' | 'gap' | ConnectionError> {
  let connection: Connection | undefined
  const close = () => connection?.close()
  leave.addEventListener('abort', close, { once: true })
  try {
    connection = await target.open()
    const end = await callGate(connection, request, target, take)
    // the rest would still come on this connection
    if (!end) return 'gap'
    if (end.status === 0) return 'whole'
    return new ConnectionError(`the connection to '${target.host}' was lost in the middle of the log`)
  } catch (error) {
    if (error instanceof ConnectionError && (request.offset || request.events)) return error
    throw error
  } finally {
    leave.removeEventListener('abort', close)
    close()
  }
}
