// Asks hosts what is live, who holds the lock, and how the last run went.
import { defined } from '../../defined.ts'
import type { ShipitError } from '../../errors.ts'
import type { EventOf, OutcomeEvent, RunEvent } from '../../protocol/event.ts'
import type { Target } from '../explain/callee.ts'
import { askHosts } from './ask-hosts.ts'

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
export async function askStatus(targets: readonly Target[], app: string): Promise<HostStatus[]> {
  const answers = await askHosts(targets, { verb: 'status', app })
  return answers.map(({ host, events, error }) => {
    if (error) return { host, error }
    const status = events.find((event) => event.event === 'status')
    const lastRun = events.find((event) => event.event === 'run')
    const lastOutcome = events.find((event) => event.event === 'outcome')
    return {
      host,
      ...defined({ status, lastRun, lastOutcome }),
    }
  })
}
