// Tries what an account that is for deploys alone must not have: a shell, a terminal, files, forwarding. Each try ends at once.
import { setTimeout } from 'node:timers/promises'
import type { BaseAgent, Client, ClientChannel } from 'ssh2'
import { ATTEMPT_LIMIT_MS, type AttemptKind, type AttemptResult } from '../connection/forbidden.ts'
import type { Ssh2 } from '../keys/load-ssh2.ts'

/** RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_UNKNOWN_CHANNEL_TYPE. Other reasons come after a yes. */
const REFUSED_TO_OPEN: readonly unknown[] = [1, 3]
/** Enough of an answer to know it by. */
const ANSWER_BYTES = 64 * 1024
/** draft-ietf-secsh-filexfer-02: SSH_FXP_INIT of version 3, and the type of the answer. */
const SFTP_INIT = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])
const SFTP_VERSION = 2
/** What runs where only the channel's setting counts; the gate refuses it. */
const NOTHING = 'shipit-gate'

/** A host that is at its limit of sessions (sshd_config(5), MaxSessions) is asked again: one may be about to end. */
const BUSY_TRIES = 20
const BUSY_PAUSE_MS = 100

type Opened = (error: Error | undefined | null, channel: ClientChannel) => void

/** An agent without a key and without a way to it: ssh2 does not ask for agent forwarding unless it has one. */
export function createEmptyAgent(ssh2: Ssh2): BaseAgent {
  return new (class extends ssh2.BaseAgent {
    override getIdentities(callback: Parameters<BaseAgent['getIdentities']>[0]): void {
      callback(undefined, [])
    }
    override sign(): void {}
  })()
}

/** Tries one thing. Never rejects. */
export async function attempt(client: Client, kind: AttemptKind): Promise<AttemptResult> {
  const late = new AbortController()
  const limit = setTimeout(ATTEMPT_LIMIT_MS, 'unclear' as const, { signal: late.signal })
  limit.catch(() => {})
  try {
    return await Promise.race([TRIES[kind](client), limit])
  } catch {
    // ssh2 throws when the connection is gone
    return 'unclear'
  } finally {
    late.abort()
  }
}

const TRIES: Record<AttemptKind, (client: Client) => Promise<AttemptResult>> = {
  shell: (client) => inSession((opened) => client.shell(false, opened), isId, 'id\nexit\n'),
  command: (client) => inSession((opened) => client.exec('id', opened), isId, ''),
  scp: (client) => inSession((opened) => client.exec('scp -t .', opened), isScp, ''),
  sftp: (client) => inSession((opened) => client.subsys('sftp', opened), isSftp, SFTP_INIT),
  terminal: (client) => inSession((opened) => client.exec(NOTHING, { pty: true }, opened)),
  'x11-forwarding': (client) => inSession((opened) => client.exec(NOTHING, { x11: true }, opened)),
  'agent-forwarding': (client) =>
    inSession((opened) => client.exec(NOTHING, { agentForward: true } as object, opened)),
  'port-forwarding': (client) =>
    new Promise((resolve) => {
      // to the host's own sshd: whether anything listens there does not matter
      client.forwardOut('127.0.0.1', 0, '127.0.0.1', 22, (error: OpenError, channel) => {
        if (error) return resolve(REFUSED_TO_OPEN.includes(error.reason) ? 'refused' : 'granted')
        resolve('granted')
        letGo(channel)
      })
    }),
  'remote-forwarding': (client) =>
    new Promise((resolve) => {
      client.forwardIn('127.0.0.1', 0, (error, port) => {
        if (error) return resolve('refused')
        resolve('granted')
        client.unforwardIn('127.0.0.1', port, () => {})
      })
    }),
}

/** `reason` when the channel was not opened; without it a request on the channel was refused. */
type OpenError = (Error & { reason?: unknown }) | undefined | null

/**
 * Opens a session and says whether it was granted.
 * @param isGranted what the answer looks like where a yes to the request alone says nothing: a forced command runs in its place
 * @param input what to send before the end of the input
 */
async function inSession(
  open: (opened: Opened) => void,
  isGranted?: (answer: Buffer) => boolean,
  input?: string | Uint8Array,
): Promise<AttemptResult> {
  for (let tries = 0; tries < BUSY_TRIES; tries++) {
    const result = await new Promise<AttemptResult | 'busy'>((resolve) => {
      open((error: OpenError, channel) => {
        if (error) return resolve(error.reason === undefined ? 'refused' : 'busy')
        if (isGranted) return judgeAnswer(channel, isGranted, resolve).end(input)
        resolve('granted')
        letGo(channel)
      })
    })
    if (result !== 'busy') return result
    await setTimeout(BUSY_PAUSE_MS)
  }
  return 'unclear'
}

function judgeAnswer(
  channel: ClientChannel,
  isGranted: (answer: Buffer) => boolean,
  resolve: (result: AttemptResult) => void,
): ClientChannel {
  let answer = Buffer.alloc(0)
  channel.stderr.resume()
  channel.on('error', () => resolve('unclear'))
  channel.on('data', (chunk: Buffer) => {
    if (answer.length < ANSWER_BYTES) answer = Buffer.concat([answer, chunk])
    if (!isGranted(answer)) return
    resolve('granted')
    channel.close()
  })
  // a connection that died says neither with what status nor by which signal it ended
  channel.on('close', (status: unknown, signal: unknown) =>
    resolve(typeof status === 'number' || typeof signal === 'string' ? 'refused' : 'unclear'),
  )
  return channel
}

function letGo(channel: ClientChannel): void {
  channel.on('error', () => {})
  channel.resume()
  channel.stderr?.resume()
  channel.close()
}

function isScp(answer: Buffer): boolean {
  return answer[0] === 0
}

function isSftp(answer: Buffer): boolean {
  return answer[4] === SFTP_VERSION
}

function isId(answer: Buffer): boolean {
  return /\buid=[0-9]/.test(answer.toString('latin1'))
}
