// What a verdict makes of events: for its tests.
import { HostVerdict } from '../../src/operations/host-verdict.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { HostOutcome } from '../../src/protocol/progress.ts'
import type { DeployRequest } from '../../src/protocol/request.ts'
import { REQUEST, STEPS } from './scripted-run.ts'

/** An event, and whose token it bore. */
export type Told = { event: Event; from: 'request' | 'run' }

export function byRun(events: readonly Event[]): Told[] {
  return events.map((event) => ({ event, from: 'run' }))
}

export function asRequest(event: Event): Told[] {
  return [{ event, from: 'request' }]
}

/** Gives a verdict on what a host told of the run that was asked for. */
export function judge(told: readonly Told[], changes: Partial<DeployRequest> = {}): HostOutcome {
  const verdict = new HostVerdict({ host: 'web1', request: { ...REQUEST, ...changes }, steps: STEPS })
  for (const { event, from } of told) verdict.take(event, from)
  return verdict.end()
}
