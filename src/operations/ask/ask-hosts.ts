// Asks hosts one question each: the events between the hello and the end, or why there is no answer.

import { defined } from '../../defined.ts'
import { ProtocolError, ShipitError } from '../../errors.ts'
import type { Event, RefusalReason } from '../../protocol/event.ts'
import type { Request } from '../../protocol/request.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { Answer } from '../../ssh/gate/answer-reader.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'

/** The longest answer is a history: two events for each of 1000 runs, and twice 5000 kept ones (MAX_KEPT_EVENTS on the host). */
const MAX_EVENTS = 12_100

/** What one host answered, or why it did not; `refused` where it said that itself. */
export type HostAnswer = {
  host: string
  events: readonly Event[]
  error?: ShipitError
  refused?: RefusalReason
  /** the run that was to be cancelled only waited for the lock, and will not begin */
  withdrawn?: true
  /** the link was lost in the middle of the answer */
  isCut?: boolean
}

/** What is answered in events, and not with a log. */
export type Question = Exclude<Request, { verb: 'deploy' | 'rollback' | 'attach' | 'log' }>

/** Asks all targets at once; failures are in the result and are not thrown. */
export function askHosts(targets: readonly Target[], request: Question): Promise<HostAnswer[]> {
  return Promise.all(targets.map((target) => askHost(target, request)))
}

/**
 * Asks one target, on a connection of its own; failures are in the result and are not thrown.
 * @param take is given each piece of the answer as well, output too
 */
export async function askHost(
  target: Target,
  request: Question,
  take: (piece: Answer) => void = () => {},
): Promise<HostAnswer> {
  const { host, open } = target
  const events: Event[] = []
  let connection: Connection | undefined
  let refused: RefusalReason | undefined
  let withdrawn: true | undefined
  let isCut: boolean | undefined
  try {
    connection = await open()
    const end = await callGate(connection, request, target, (piece) => {
      take(piece)
      if (piece.type !== 'event') return undefined
      const { event } = piece
      if (event.event === 'refused') {
        refused = event.reason
        withdrawn = event.withdrawn
        if (withdrawn) return 'enough'
        throw explainRefusal(event, { ...target, request: { run: '', app: '', ...request } })
      }
      if (events.push(event) > MAX_EVENTS) throw new ProtocolError(`the answer of '${host}' does not end`)
      return event.event === 'end' ? 'enough' : undefined
    })
    if (!end) return { host, events, ...defined({ refused, withdrawn }) }
    isCut = end.lost
    throw new ProtocolError(`'${host}' stopped in the middle of its answer`)
  } catch (error) {
    if (error instanceof ShipitError) return { host, events, error, ...defined({ refused, isCut }) }
    throw error
  } finally {
    connection?.close()
  }
}
