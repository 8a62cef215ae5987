// What an account for deploys alone must not be able to do, and what came of trying it.

/** What is tried. `command` runs id(1), `scp` would receive a file. */
export type AttemptKind = (typeof ATTEMPTS)[number]

/** All that can be tried, in an order in which they are told. */
export const ATTEMPTS = [
  'shell',
  'command',
  'scp',
  'terminal',
  'port-forwarding',
  'remote-forwarding',
  'agent-forwarding',
  'x11-forwarding',
  // last, since ssh2 leaves a channel open on which no subsystem was started
  'sftp',
] as const

/** So long a slow host may take to answer. */
export const ATTEMPT_LIMIT_MS = 15_000

/** What the host made of it; `unclear` when it did not say in time, or the connection died. */
export type AttemptResult = 'granted' | 'refused' | 'unclear'
