// service(): has root reload or restart a unit of systemd, and checks that it stays active.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

/** What may be asked of a unit; each is a verb of systemctl(1). */
export const SERVICE_VERBS = ['reload', 'restart', 'reload-or-restart'] as const
/** What systemctl is to do with a unit. */
export type ServiceVerb = (typeof SERVICE_VERBS)[number]

export type ServiceStep = StepBase & {
  kind: 'service'
  /** with `.service` at its end */
  unit: string
  verb: ServiceVerb
  /** seconds within which it has to be active */
  for: number
  /** seconds that it then has to stay so */
  stays: number
  onFailure?: 'rollback'
}

/** Units that are no service (systemd.unit(5)). */
export const OTHER_UNIT = /\.(?:socket|timer|target|path|mount|automount|swap|slice|scope|device)$/
const SYSTEMCTL = '/usr/bin/systemctl'
/** systemd is asked a few times, and each answer may take a moment. */
const SPARE_SECONDS = 10
/** between two tries, as for other steps (remote/run/steps.sh) */
const PAUSE_SECONDS = 1

export const SERVICE: StepKind<ServiceStep> = {
  seconds: 60,
  phase: () => 'publish',
  argumentKey: 'unit',
  nameWords: (unit, { verb }) => [String(verb), String(unit).replace(/\.service$/, '')],
  account: () => 'root',
  // the install script looks for the absolute path
  programs: () => [],
  sh: ({ timeout, unit, verb, for: active, stays }) =>
    ['change_service', String(timeout), quote(unit), verb, String(active), String(stays)].join(' '),
  listed: ({ for: active, stays, onFailure }) => ({
    moreSeconds: active + stays + SPARE_SECONDS,
    words: onFailure === undefined ? [] : [String(PAUSE_SECONDS), quote(onFailure)],
  }),
  needsHost: 'root',
  rootArgv: ({ unit, verb }) => [SYSTEMCTL, verb, unit],
  service: ({ unit, verb }) => ({ unit, verb }),
}
