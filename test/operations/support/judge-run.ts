// What a verdict makes of events: for its tests.
import { HostVerdict } from '../../../src/operations/run/host-verdict.ts'
import type { Event } from '../../../src/protocol/event.ts'
import type { DeployRequest } from '../../../src/protocol/request.ts'
import type { HostOutcome } from '../../../src/results/progress.ts'
import { REQUEST, STEPS } from './scripted-run.ts'

/** Gives a verdict on what a host told of the run that was asked for. */
export function judge(told: readonly Event[], changes: Partial<DeployRequest> = {}): HostOutcome {
  const verdict = new HostVerdict({ host: 'web1', request: { ...REQUEST, ...changes }, steps: STEPS })
  for (const event of told) verdict.take(event)
  return verdict.end()
}
