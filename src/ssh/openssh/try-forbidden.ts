// Tries by ssh what an account for deploys alone must not have. Each try is a process of its own, and ends at once.
import { execFile } from 'node:child_process'
import type { AttemptKind, AttemptResult } from '../connection/forbidden.ts'

const LIMIT_MS = 5000

/** Makes a command line for the options before the host and the words after it. */
export type SshCall = (
  options: readonly string[],
  command: readonly string[],
) => readonly [string, readonly string[]]

type Try = {
  options: readonly string[]
  command?: readonly string[]
  input?: string
  /** what the answer looks like if it was granted */
  granted: RegExp
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
    granted: /^SSH-|Connection refused/,
    refused: /administratively prohibited|unknown channel type/,
  },
  'remote-forwarding': {
    options: ['-O', 'forward', '-R', '127.0.0.1:0:127.0.0.1:22'],
    granted: /^[0-9]+\s*$|^$/,
    refused: /forwarding failed|refused/,
  },
  'agent-forwarding': { options: ['-A', '-T'], command: ['shipit-gate'], granted: /^(?!)/ },
  'x11-forwarding': { options: ['-X', '-T'], command: ['shipit-gate'], granted: /^(?!)/ },
}

/** Tries one thing. Never rejects. What ssh does not tell about is `unclear`. */
export function tryBySsh(kind: AttemptKind, call: SshCall): Promise<AttemptResult> {
  const { options, command = [], input, granted, refused } = TRIES[kind]
  if (kind === 'agent-forwarding' || kind === 'x11-forwarding') return Promise.resolve('unclear')
  const [program, words] = call(options, command)
  const { promise, resolve } = Promise.withResolvers<AttemptResult>()
  const child = execFile(
    program,
    words,
    { timeout: LIMIT_MS, encoding: 'latin1' },
    (error, stdout, stderr) => {
      if (refused?.test(stderr)) return resolve('refused')
      if (granted.test(stdout) || (kind === 'port-forwarding' && granted.test(stderr)))
        return resolve('granted')
      resolve(error?.killed ? 'unclear' : 'refused')
    },
  )
  child.stdin?.on('error', () => {})
  child.stdin?.end(input ?? '', 'latin1')
  return promise
}
