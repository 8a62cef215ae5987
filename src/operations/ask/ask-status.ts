// Asks hosts what is live, who holds the lock, and how the last run went; and, if wanted, the checks of the recipe once more.
import { defined } from '../../defined.ts'
import { type ShipitError, StepFailedError } from '../../errors.ts'
import type { Event, Waiter } from '../../protocol/event.ts'
import type { AskedCheck, HostStatus, Look } from '../../results/host-answer.ts'
import type { Target } from '../explain/callee.ts'
import { askHost } from './ask-hosts.ts'
import { PlanGatherer } from './gather-plan.ts'

type Question = { app: string; check?: boolean }

/** Asks all targets at once; failures are in the result and are not thrown. */
export function askStatus(targets: readonly Target[], question: Question): Promise<HostStatus[]> {
  return Promise.all(targets.map((target) => askOne(target, question)))
}

async function askOne(target: Target, { app, check = false }: Question): Promise<HostStatus> {
  const gatherer = new PlanGatherer(undefined)
  const { host, events, error } = await askHost(target, { verb: 'status', app, check }, (piece) =>
    gatherer.take(piece),
  )
  if (error) return { host, error }
  const status = events.find((event) => event.event === 'status')
  const lastRun = events.find((event) => event.event === 'run')
  const lastOutcome = events.find((event) => event.event === 'outcome')
  const waiting = readWaiters(events)
  const { looks = [], unseen = [] } = gatherer.said(true)
  return {
    host,
    waiting,
    ...defined({ status, lastRun, lastOutcome }),
    ...(check ? { checks: looks.map(readCheck), unseen } : {}),
  }
}

/** Those who wait for the lock, as a host tells them. */
export function readWaiters(events: readonly Event[]): readonly Waiter[] {
  return events
    .filter((event) => event.event === 'waiter')
    .map(({ run, user, ref, seconds }) => ({ run, user, ref, seconds }))
}

function readCheck({ name, state, words }: Look): AskedCheck {
  return { name, state: state === 'passed' ? state : 'failed', ...defined({ words }) }
}

/** The error of a host whose checks were asked, and did not all pass. */
export function explainChecks({ host, checks = [], unseen = [] }: HostStatus): ShipitError | undefined {
  const failed = checks.find(({ state }) => state !== 'passed')
  if (failed) return new StepFailedError(`'${failed.name}' fails on '${host}'`)
  return unseen.length > 0 ? new StepFailedError(`the checks on '${host}' could not be run`) : undefined
}
