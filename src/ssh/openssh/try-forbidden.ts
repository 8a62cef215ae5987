// Tries by ssh what an account for deploys alone must not have. Each try is a process of its own, and ends at once.
import { runProgram } from '../../programs/run-program.ts'
import { ATTEMPT_LIMIT_MS, type AttemptKind, type AttemptResult } from '../connection/forbidden.ts'

/** The master that a try goes through. */
export type Tried = {
  /** makes the words of ssh from the options before the host and the command after it */
  call: (options: readonly string[], command: readonly string[]) => readonly string[]
  /** a host's reason not to open a channel is told to the master, which writes it into its log */
  readLog: () => string
}

type Try = {
  options: readonly string[]
  command?: readonly string[]
  input?: string
  /** what the answer looks like if it was granted, or what the master writes then */
  granted: RegExp
  grantedInLog?: RegExp
  /** what ssh says if it was not */
  refused?: RegExp
}

const ID = /\buid=[0-9]/
/** A port of nobody's: whether anything listens there does not matter. */
const TRIES: Readonly<Record<AttemptKind, Try>> = {
  shell: { options: ['-T'], input: 'id\nexit\n', granted: ID },
  command: { options: ['-T'], command: ['id'], granted: ID },
  scp: { options: ['-T'], command: ['scp -t .'], granted: /^\x00/ },
  sftp: { options: ['-s'], command: ['sftp'], input: '\0\0\0\x05\x01\0\0\0\x03', granted: /^[\s\S]{4}\x02/ },
  terminal: {
    options: ['-tt'],
    command: ['shipit-gate'],
    granted: /./,
    refused: /PTY allocation request failed/,
  },
  'port-forwarding': {
    options: ['-W', '127.0.0.1:22'],
    granted: /^SSH-/,
    // allowed, and nothing listens there (RFC 4254, 5.1)
    grantedInLog: /^channel [0-9]+: open failed: connect failed: /m,
  },
  'remote-forwarding': {
    // what is cleared is not asked for
    options: ['-o', 'ClearAllForwardings=no', '-O', 'forward', '-R', '127.0.0.1:0:127.0.0.1:22'],
    granted: /^[0-9]+\s*$/,
  },
  'agent-forwarding': { options: ['-A', '-T'], command: ['shipit-gate'], granted: /^(?!)/ },
  'x11-forwarding': { options: ['-X', '-T'], command: ['shipit-gate'], granted: /^(?!)/ },
}

/** Tries one thing. Never rejects. What ssh does not tell about is `unclear`. */
export async function tryBySsh(kind: AttemptKind, { call, readLog }: Tried): Promise<AttemptResult> {
  const { options, command = [], input = '', granted, grantedInLog, refused } = TRIES[kind]
  if (kind === 'agent-forwarding' || kind === 'x11-forwarding') return 'unclear'
  const from = readLog().length
  const { stdout, stderr, failure } = await runProgram(['ssh', ...call(options, command)], {
    timeout: ATTEMPT_LIMIT_MS,
    encoding: 'latin1',
    input,
  })
  if (refused?.test(stderr)) return 'refused'
  if (granted.test(stdout) || grantedInLog?.test(readLog().slice(from))) return 'granted'
  return failure?.isLate || failure?.isStarted === false ? 'unclear' : 'refused'
}
