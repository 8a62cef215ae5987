// What a verdict makes of events: for its tests.

import type { ShownRun } from '../../../src/operations/explain/expected-run.ts'
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

/** Gives a verdict on a rollback to a run; `shown` is what the host had told of that run. */
export function judgeRollback(told: readonly Event[], to: string, shown?: ShownRun): HostOutcome {
  const { run, app, digest = '' } = REQUEST
  const request = { verb: 'rollback', run, app, digest, to } as const
  const verdict = new HostVerdict({ host: 'web1', request, steps: STEPS, ...(shown ? { shown } : {}) })
  for (const event of told) verdict.take(event)
  return verdict.end()
}
