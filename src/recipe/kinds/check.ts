// check(): asks for a page, on the host.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type CheckStep = StepBase & {
  kind: 'check'
  url: string
  status: number
  text?: string
  /** the virtual host that is asked for */
  host?: string
  /** seconds between two tries */
  grace: number
  onFailure?: 'rollback'
}

/** More than its own limit, so that a check can say what it waited for. */
const MARGIN_SECONDS = 5

export const CHECK: StepKind<CheckStep> = {
  seconds: 10,
  phase: () => 'publish',
  argumentKey: 'url',
  nameWords: (argument) => [
    'check',
    String(argument)
      .replace(/^https?:\/\/|\?.*$/g, '')
      .replace(/\/$/, ''),
  ],
  account: () => 'check',
  programs: () => ['curl|wget'],
  sh: ({ url, status, timeout, text, host }) =>
    `check_url ${quote(url)} ${status} ${timeout} ${quote(text ?? '')}${host === undefined ? '' : ` ${quote(host)}`}`,
  listed: ({ grace, onFailure }) => ({
    moreSeconds: MARGIN_SECONDS,
    words: [String(grace), quote(onFailure ?? '')],
  }),
  comparesCommit: ({ text }) => text?.includes('{commit}') ?? false,
  needsHost: 'a web server',
  shownAt: () => null,
}
