// One exit code for many hosts.
import { EXIT_CODES, type ShipitError, StepFailedError } from '../../errors.ts'

/**
 * Makes one error of all hosts' outcomes: the one they share, else one with exit code 1 that carries them all.
 * @returns nothing when every host succeeded
 */
export function joinErrors(
  outcomes: readonly { host: string; error?: ShipitError }[],
): ShipitError | undefined {
  // a host that was let go because of another has not failed
  const failed = outcomes.flatMap(({ host, error }) =>
    error && error.kind !== 'held-back' ? [{ host, error }] : [],
  )
  const errors = failed.map(({ error }) => error)
  const [first] = errors
  if (!first || outcomes.length === 1) return first
  const hosts = failed.map(({ host }) => host)
  const details = {
    hosts: Object.fromEntries(outcomes.map(({ host, error }) => [host, error?.code ?? 'OK'])),
  }
  const message = `${hosts.length} of ${outcomes.length} hosts failed: ${hosts.join(', ')}`
  const SameKind = first.constructor as new (
    ...args: ConstructorParameters<typeof StepFailedError>
  ) => ShipitError
  const kind = errors.every((error) => error.exitCode === first.exitCode) ? SameKind : StepFailedError
  return new kind(message, { details })
}

/** The exit code of all hosts' outcomes; without any, whoever watched has left before the end. */
export function exitCodeOf(outcomes: Parameters<typeof joinErrors>[0] | undefined): number {
  if (!outcomes) return EXIT_CODES.cancelled
  return joinErrors(outcomes)?.exitCode ?? EXIT_CODES.success
}
