// What a host tells of a run, as events and as the bytes that they are on the wire: for tests that play a host.
import type { Event, OutcomeEvent, PlannedStep, RunEvent } from '../../../src/protocol/event.ts'
import type { DeployRequest } from '../../../src/protocol/request.ts'

export const RUN = '20261122T120000Z-0123456789abcdef'
export const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d'
export const DIGEST = 'd'.repeat(64)
export const TIME = '2026-11-22T12:00:00Z'

export const STEPS: readonly PlannedStep[] = [
  { name: 'git', phase: 'prepare' },
  { name: 'make html', phase: 'prepare', skipped: 'flag' },
  { name: 'rsync src', phase: 'publish' },
  { name: 'apachectl restart', phase: 'publish' },
]

export const REQUEST: DeployRequest = {
  verb: 'deploy',
  run: RUN,
  app: 'codebase',
  ref: { kind: 'branch', name: 'x' },
  flags: [],
  digest: DIGEST,
}

export type Untimed<Kind> = Kind extends unknown ? Omit<Kind, 'time'> : never

export function at(event: Untimed<Event>): Event {
  return { time: TIME, ...event } as Event
}

export function runEvent(changes: Partial<RunEvent> = {}): Event {
  const { run, app, ref, digest = 'unasked' } = REQUEST
  return at({ event: 'run', run, user: 'alice', app, ref, flags: [], digest, steps: STEPS, ...changes })
}

export function started(number: number, name = STEPS[number - 1]?.name ?? ''): Event {
  return at({ event: 'step', number, name, state: 'started' })
}

export function ended(number: number, status = 0, name = STEPS[number - 1]?.name ?? ''): Event {
  return at({ event: 'step', number, name, state: 'ended', status, ms: 12 })
}

export function skipped(
  number: number,
  reason: 'flag' | 'sandbox' = 'flag',
  name = STEPS[number - 1]?.name ?? '',
): Event {
  return at({ event: 'step', number, name, state: 'skipped', reason })
}

export function commit(id = COMMIT): Event {
  return at({ event: 'commit', commit: id })
}

export function outcome(changes: Partial<OutcomeEvent> = {}): Event {
  return at({ event: 'outcome', run: RUN, outcome: 'succeeded', exit: 0, ms: 99, ...changes })
}

/** The events of a run that went well, from `run` to `outcome`. */
export function goodRun(): Event[] {
  return [
    runEvent(),
    ...[started(1), ended(1), commit(), skipped(2)],
    ...[started(3), ended(3), started(4), ended(4)],
    outcome(),
  ]
}

type Hello = Extract<Event, { event: 'hello' }>

export function hello(changes: Partial<Hello> = {}): Hello {
  const { app } = REQUEST
  return at({
    ...{ event: 'hello', protocol: 2, version: '0.1.0', user: 'alice', app, digest: DIGEST },
    ...{ offset: 0, events: 0 },
    ...changes,
  } as Untimed<Event>) as Hello
}

/** The hello of an answer that is no log. */
export function bareHello(): Hello {
  const { offset: _, events: __, ...bare } = hello()
  return bare
}

/** Makes a frame of output. */
export function framed(session: string, output: string | Uint8Array): Buffer {
  const bytes = Buffer.from(output as string)
  return Buffer.concat([Buffer.from(`\x1e${session} {"event":"output","size":${bytes.length}}\n`), bytes])
}

/** Makes the control line of an event. */
export function onWire(token: string, event: Event): string {
  return `\x1e${token} ${JSON.stringify(wireFields(event))}\n`
}

/** On the wire a ref is two fields, and a limit has no unit in its name. */
function wireFields(event: object): object {
  return Object.fromEntries(
    Object.entries(event).flatMap(([key, value]): [string, unknown][] => {
      if (value === undefined) return []
      if (key === 'ref') return Object.entries({ kind: value.kind, ref: value.name })
      if (key === 'limitSeconds') return [['limit', value]]
      if (key === 'holder' || key === 'inLine') return Object.entries(wireFields(value))
      return [[key, key === 'live' ? wireFields(value) : value]]
    }),
  )
}
