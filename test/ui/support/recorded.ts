// Deploys as a host would tell them, for the faces to show.

import { type ErrorKind, EXIT_CODES, ShipitError } from '../../../src/errors.ts'
import type { Event } from '../../../src/protocol/event.ts'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'

const TIME = '2026-11-22T12:00:00Z'
export const RUN = '20261122T120000Z-0123456789abcdef'
export const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d'

export const STEPS = [
  { name: 'git', phase: 'prepare' },
  { name: 'rsync src', phase: 'publish' },
  { name: 'apachectl restart', phase: 'publish' },
  { name: 'make html', phase: 'prepare' },
] as const

export function planFor(...hosts: string[]): DeployPlan {
  return {
    app: 'codebase',
    environment: 'production',
    ref: { kind: 'branch', name: 'x' },
    steps: STEPS,
    hosts,
    cancel: { rootSteps: new Set(), lastStep: undefined, command: 'shipit cancel production --now' },
  }
}

type Untimed<Kind> = Kind extends unknown ? Omit<Kind, 'time'> : never

export function told(host: string, event: Untimed<Event>): Progress {
  return { host, type: 'event', event: { time: TIME, ...event } as Event }
}

export function printed(host: string, text: string): Progress {
  return { host, type: 'output', bytes: Buffer.from(text) }
}

export function begun(host: string): Progress[] {
  return [
    { host, type: 'connecting' },
    { host, type: 'connected' },
    told(host, {
      event: 'run',
      run: RUN,
      user: 'alice',
      app: 'codebase',
      ref: { kind: 'branch', name: 'x' },
      flags: [],
      digest: 'unasked',
      steps: STEPS.map((step) => (step.name === 'make html' ? { ...step, skipped: 'flag' } : step)),
    }),
  ]
}

/** A step that starts, prints and ends. */
export function ran(
  host: string,
  name: string,
  end: { output?: string; status?: number; ms?: number; limit?: number },
): Progress[] {
  const number = STEPS.findIndex((step) => step.name === name) + 1
  const { output = '', status = 0, ms = 1234, limit } = end
  return [
    told(host, { event: 'step', number, name, state: 'started' }),
    ...(output === '' ? [] : [printed(host, output)]),
    told(host, {
      event: 'step',
      number,
      name,
      state: 'ended',
      status,
      ms,
      ...(limit === undefined ? {} : { limitSeconds: limit }),
    }),
  ]
}

export function succeeded(host: string): { progress: Progress[]; outcome: HostOutcome } {
  const outcome = { event: 'outcome', run: RUN, outcome: 'succeeded', exit: 0, ms: 4200 } as const
  return {
    progress: [
      ...begun(host),
      ...ran(host, 'git', { output: `branch 'x' is at ${COMMIT}\n` }),
      told(host, { event: 'commit', commit: COMMIT }),
      ...ran(host, 'rsync src', { output: '>f+++++++++ index.html\n' }),
      ...ran(host, 'apachectl restart', {}),
      told(host, { event: 'step', number: 4, name: 'make html', state: 'skipped', reason: 'flag' }),
      told(host, outcome),
    ],
    outcome: { host, commit: COMMIT, outcome },
  }
}

export function failedInRsync(
  host: string,
  output = lines(12),
): { progress: Progress[]; outcome: HostOutcome } {
  const outcome = {
    event: 'outcome',
    run: RUN,
    outcome: 'failed',
    exit: 1,
    number: 2,
    step: 'rsync src',
    status: 23,
  } as const
  return {
    progress: [
      ...begun(host),
      ...ran(host, 'git', {}),
      ...ran(host, 'rsync src', { output, status: 23 }),
      told(host, outcome),
    ],
    outcome: {
      host,
      outcome,
      error: fault(`step 'rsync src' failed on '${host}'`, { code: 'SHIPIT_STEP_FAILED', exitCode: 1 }),
    },
  }
}

export function unreachable(
  host: string,
  address = '192.0.2.4:22',
): { progress: Progress[]; outcome: HostOutcome } {
  return {
    progress: [{ host, type: 'connecting' }],
    outcome: {
      host,
      error: fault(`cannot reach '${host}' (${address}) within 10 s`, {
        code: 'SHIPIT_CONNECTION',
        exitCode: 69,
      }),
    },
  }
}

/** An error as src/errors.ts makes it. */
export function fault(
  message: string,
  kind: { code: string; exitCode: number; suggestions?: string[] },
): ShipitError {
  return new Fault(message, kind)
}

class Fault extends ShipitError {
  readonly code: string
  readonly kind: ErrorKind

  constructor(
    message: string,
    { code, exitCode, suggestions }: { code: string; exitCode: number; suggestions?: string[] },
  ) {
    super(message, { suggestions: suggestions ?? ["See 'shipit status'."] })
    this.code = code
    this.kind = KINDS.find((kind) => EXIT_CODES[kind] === exitCode) ?? 'failed'
  }
}

const KINDS = Object.keys(EXIT_CODES) as ErrorKind[]

export function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')
}
