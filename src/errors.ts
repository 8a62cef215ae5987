// Every error that a person can meet, its kind, and the one table of exit codes.

/** How a command can end, and its exit code: the same numbers as in the gate and the runner (sysexits(3)). */
export const EXIT_CODES = {
  success: 0,
  failed: 1,
  usage: 2,
  'not-found': 66,
  unreachable: 69,
  /** something of this machine, not of a host */
  unavailable: 69,
  fault: 70,
  locked: 75,
  /** ready, and not started since others were not */
  'held-back': 75,
  unknown: 76,
  refused: 77,
  'wrong-setup': 78,
  cancelled: 130,
} as const

/** What sort of failure it is: whoever wants to know asks for this, and compares no number. */
export type ErrorKind = Exclude<keyof typeof EXIT_CODES, 'success' | 'fault'>

/** These come before a host has done anything. */
const BEFORE_ALL: ReadonlySet<ErrorKind> = new Set([
  'unreachable',
  'locked',
  'held-back',
  'refused',
  'wrong-setup',
])

/** What an error may carry besides its message. */
export type ErrorOptions = {
  /** whole sentences, each something that the reader can do */
  suggestions?: readonly string[]
  /** the error that this one came of */
  cause?: unknown
  /** data for `--json`; never a secret */
  details?: Readonly<Record<string, unknown>>
  /** what the kind alone does not tell: whether the host that failed so has done nothing */
  isBeforeAll?: boolean
}

/** A failure that is not a fault of shipit. The message: what failed, its subject in single quotes, no capital, no full stop. */
export abstract class ShipitError extends Error {
  /** stable and upper case: `SHIPIT_LOCKED` */
  abstract readonly code: string
  abstract readonly kind: ErrorKind
  readonly suggestions: readonly string[]
  readonly details: Readonly<Record<string, unknown>>
  #isBeforeAll: boolean | undefined

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.suggestions = options.suggestions ?? []
    this.details = options.details ?? {}
    this.#isBeforeAll = options.isBeforeAll
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind]
  }

  /** The host that failed so has done nothing. */
  get isBeforeAll(): boolean {
    return this.#isBeforeAll ?? BEFORE_ALL.has(this.kind)
  }

  /** Nobody here knows what the host that failed so has done. */
  get isUnknown(): boolean {
    return this.kind === 'unknown' && !this.isBeforeAll
  }

  /** Notes that it came before anything was begun, which only its caller knows. */
  asBeforeAll(): this {
    this.#isBeforeAll = true
    return this
  }

  /** Where oclif looks for an exit code. */
  get oclif(): { exit: number } {
    return { exit: this.exitCode }
  }
}

/** What was asked for on the command line can't be. */
export class UsageError extends ShipitError {
  readonly code = 'SHIPIT_USAGE'
  readonly kind = 'usage'
}

/** A step ended with another status than 0, or ran out of time; or hosts failed in different ways. */
export class StepFailedError extends ShipitError {
  readonly code = 'SHIPIT_STEP_FAILED'
  readonly kind = 'failed'
}

/** Doctor found something broken on a host. */
export class UnsoundError extends ShipitError {
  readonly code = 'SHIPIT_UNSOUND'
  readonly kind = 'failed'
}

/** No such branch or tag, or the commit is not on it. */
export class RefNotFoundError extends ShipitError {
  readonly code = 'SHIPIT_REF_NOT_FOUND'
  readonly kind = 'not-found'
}

/** A host could not be reached or logged in to: no route, refused, login failed, timed out. */
export class ConnectionError extends ShipitError {
  readonly code = 'SHIPIT_CONNECTION'
  readonly kind = 'unreachable'
}

/** The host was reached, and let nobody in by the keys that were offered. */
export class LoginError extends ConnectionError {}

/** The host was reached, and has no algorithm in common with this side; `details.lacking` says of which kind, as `key exchange`. */
export class AlgorithmError extends ConnectionError {}

/** A program that shipit needs on this machine is not there. */
export class MissingProgramError extends ShipitError {
  readonly code = 'SHIPIT_MISSING_PROGRAM'
  readonly kind = 'unavailable'
}

/** This machine has no room for another process or open file, or does not let a program run. */
export class MachineError extends ShipitError {
  readonly code = 'SHIPIT_MACHINE'
  readonly kind = 'unavailable'
}

/** Stdout did not take what was to be said. */
export class OutputError extends ShipitError {
  readonly code = 'SHIPIT_OUTPUT'
  readonly kind = 'unavailable'
}

/** The host's key is unknown, has changed or was revoked. */
export class HostKeyError extends ShipitError {
  readonly code = 'SHIPIT_HOST_KEY'
  readonly kind = 'unreachable'
}

/** Another run holds the lock, or the app is frozen. */
export class LockedError extends ShipitError {
  readonly code = 'SHIPIT_LOCKED'
  readonly kind = 'locked'
}

/** The host was ready, and nothing was started on it, since other hosts were not. */
export class HeldBackError extends ShipitError {
  readonly code = 'SHIPIT_HELD_BACK'
  readonly kind = 'held-back'
}

/** The host sent a line that is not an event, or speaks another protocol. */
export class ProtocolError extends ShipitError {
  readonly code = 'SHIPIT_PROTOCOL'
  readonly kind = 'unknown'
}

/** The host died in the run: it has a start and no outcome. */
export class InterruptedError extends ShipitError {
  readonly code = 'SHIPIT_INTERRUPTED'
  readonly kind = 'unknown'
}

/** The stream ended without an outcome, so nobody here knows how the run went. */
export class UnknownVerdictError extends ShipitError {
  readonly code = 'SHIPIT_UNKNOWN_VERDICT'
  readonly kind = 'unknown'
}

/** The gate or the policy said no. */
export class RefusedError extends ShipitError {
  readonly code = 'SHIPIT_REFUSED'
  readonly kind = 'refused'
}

/** Nobody has installed shipit on the host. */
export class NotInstalledError extends RefusedError {}

/** The config is missing or wrong. */
export class ConfigError extends ShipitError {
  readonly code = 'SHIPIT_CONFIG'
  readonly kind = 'wrong-setup'
}

/** The host's recipe is another one than the config's. */
export class DriftError extends ShipitError {
  readonly code = 'SHIPIT_DRIFT'
  readonly kind = 'wrong-setup'
}

/** The clocks of this machine and of a host are too far apart. */
export class ClockError extends ShipitError {
  readonly code = 'SHIPIT_CLOCK'
  readonly kind = 'wrong-setup'
}

/** Ended by a person or by a signal. */
export class CancelledError extends ShipitError {
  readonly code = 'SHIPIT_CANCELLED'
  readonly kind = 'cancelled'
}
