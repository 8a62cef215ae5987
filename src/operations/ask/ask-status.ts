// Asks hosts what is live, who holds the lock, and how the last run went.
import { defined } from '../../defined.ts'
import type { HostStatus } from '../../results/host-answer.ts'
import type { Target } from '../explain/callee.ts'
import { askHosts } from './ask-hosts.ts'

/** Asks all targets at once; failures are in the result and are not thrown. */
export async function askStatus(targets: readonly Target[], app: string): Promise<HostStatus[]> {
  const answers = await askHosts(targets, { verb: 'status', app })
  return answers.map(({ host, events, error }) => {
    if (error) return { host, error }
    const status = events.find((event) => event.event === 'status')
    const lastRun = events.find((event) => event.event === 'run')
    const lastOutcome = events.find((event) => event.event === 'outcome')
    const waiting = events
      .filter((event) => event.event === 'waiter')
      .map(({ run, user, ref, seconds }) => ({ run, user, ref, seconds }))
    return {
      host,
      waiting,
      ...defined({ status, lastRun, lastOutcome }),
    }
  })
}
