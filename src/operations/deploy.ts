// Deploys to hosts: one request, the same run id everywhere, every host waited for, every outcome kept.
import { ShipitError, StepFailedError } from '../errors.ts'
import type { PlannedStep } from '../protocol/event.ts'
import type { HostOutcome, Progress } from '../protocol/progress.ts'
import type { DeployRequest } from '../protocol/request.ts'
import { callGate } from '../ssh/call-gate.ts'
import type { Connection } from '../ssh/open-connection.ts'
import { HostVerdict } from './host-verdict.ts'

/** A host, and how to get a connection to it. */
export type Target = { host: string; user: string; open: () => Promise<Connection> }

/**
 * Sends a deploy request to all targets at once and follows each run to its outcome.
 * @param steps the recipe's steps, with those marked that the flags leave out
 * @returns one outcome for each target, in order; failures are in them and are not thrown
 */
export function deploy(
  targets: readonly Target[],
  work: { request: DeployRequest; steps: readonly PlannedStep[] },
  show: (progress: Progress) => void,
): Promise<HostOutcome[]> {
  return Promise.all(
    targets.map(async (target) => {
      const outcome = await deployTo(target, work, show)
      show({ host: target.host, type: 'ended', outcome })
      return outcome
    }),
  )
}

async function deployTo(
  { host, user, open }: Target,
  { request, steps }: { request: DeployRequest; steps: readonly PlannedStep[] },
  show: (progress: Progress) => void,
): Promise<HostOutcome> {
  const verdict = new HostVerdict({ host, request, steps })
  let connection: Connection | undefined
  try {
    show({ host, type: 'connecting' })
    connection = await open()
    show({ host, type: 'connected' })
    const call = callGate(connection, request, { host, user })
    for (;;) {
      const next = await call.next()
      if (next.done) return verdict.end(next.value)
      const answer = next.value
      if (answer.type === 'output') {
        show({ host, type: 'output', bytes: answer.bytes })
      } else {
        verdict.take(answer.event, answer.from)
        show({ host, type: 'event', event: answer.event })
        // the outcome is the end: what the host does afterwards is not waited for
        if (answer.event.event === 'outcome') return verdict.end({ status: answer.event.exit, lost: false })
      }
    }
  } catch (error) {
    if (error instanceof ShipitError) return { host, error }
    throw error
  } finally {
    connection?.close()
  }
}

/**
 * Makes one error of all hosts' outcomes: the one they share, else one with exit code 1 that carries them all.
 * @returns nothing when every host succeeded
 */
export function joinErrors(outcomes: readonly { host: string; error?: ShipitError }[]): ShipitError | undefined {
  const errors = outcomes.flatMap(({ error }) => (error ? [error] : []))
  const [first] = errors
  if (!first || outcomes.length === 1) return first
  const hosts = outcomes.flatMap(({ host, error }) => (error ? [host] : []))
  const details = { hosts: Object.fromEntries(outcomes.map(({ host, error }) => [host, error?.code ?? 'OK'])) }
  const message = `${hosts.length} of ${outcomes.length} hosts failed: ${hosts.join(', ')}`
  const SameKind = first.constructor as new (...args: ConstructorParameters<typeof StepFailedError>) => ShipitError
  const kind = errors.every((error) => error.exitCode === first.exitCode) ? SameKind : StepFailedError
  return new kind(message, { details })
}
