// Asks hosts what is live, who holds the lock, and how the last run went.
import { ProtocolError, RefusedError, ShipitError } from '../errors.ts'
import type { EventOf, OutcomeEvent, RunEvent } from '../protocol/event.ts'
import { callGate } from '../ssh/call-gate.ts'
import type { Connection } from '../ssh/open-connection.ts'
import type { Target } from './follow-run.ts'

/** What one host answered, or why it did not. */
export type HostStatus = {
  host: string
  status?: EventOf<'status'>
  /** the newest run */
  lastRun?: RunEvent & { time: string }
  /** its outcome, if it has ended */
  lastOutcome?: OutcomeEvent & { time: string }
  error?: ShipitError
}

/** Asks all targets at once; failures are in the result and are not thrown. */
export function askStatus(targets: readonly Target[], app: string): Promise<HostStatus[]> {
  return Promise.all(targets.map((target) => askOne(target, app)))
}

async function askOne({ host, user, open }: Target, app: string): Promise<HostStatus> {
  const answer: HostStatus = { host }
  let complete = false
  let connection: Connection | undefined
  try {
    connection = await open()
    for await (const piece of callGate(connection, { verb: 'status', app }, { host, user })) {
      if (piece.type === 'output') continue
      const { event } = piece
      if (event.event === 'status') answer.status = event
      else if (event.event === 'run') answer.lastRun = event
      else if (event.event === 'outcome') answer.lastOutcome = event
      else if (event.event === 'end') complete = true
      else if (event.event === 'refused') throw refusedStatus(host, app)
    }
    if (!complete) throw new ProtocolError(`'${host}' stopped in the middle of its answer`)
    return answer
  } catch (error) {
    if (error instanceof ShipitError) return { host, error }
    throw error
  } finally {
    connection?.close()
  }
}

function refusedStatus(host: string, app: string): ShipitError {
  return new RefusedError(`the policy on '${host}' does not let you look at '${app}'`)
}
