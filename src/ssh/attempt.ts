// Tries what an account that is for deploys alone must not have: a shell, a terminal, files, forwarding. Each try ends at once
// and leaves nothing behind.
import type { BaseAgent, Client, ClientChannel } from 'ssh2'
import type { Ssh2 } from './load-ssh2.ts'

/** What is tried. `command` runs id(1), `scp` would receive a file. */
export type AttemptKind = (typeof ATTEMPTS)[number]

/** All that can be tried, in an order in which they are told. */
export const ATTEMPTS = [
  'shell',
  'command',
  'scp',
  'sftp',
  'terminal',
  'port-forwarding',
  'remote-forwarding',
  'agent-forwarding',
  'x11-forwarding',
] as const

/** What the host made of it; `unclear` when it did not say in time, or the connection died. */
export type AttemptResult = 'granted' | 'refused' | 'unclear'

/** RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_UNKNOWN_CHANNEL_TYPE. Other reasons come after a yes. */
const REFUSED_TO_OPEN: readonly unknown[] = [1, 3]
const ATTEMPT_LIMIT_MS = 5000
/** Enough of an answer to know it by. */
const ANSWER_BYTES = 64 * 1024
/** draft-ietf-secsh-filexfer-02: SSH_FXP_INIT of version 3, and the type of the answer. */
const SFTP_INIT = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])
const SFTP_VERSION = 2
/** What runs where only the channel's setting counts; the gate refuses it. */
const NOTHING = 'shipit-gate'

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
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<AttemptResult>((resolve) => {
    timer = setTimeout(resolve, ATTEMPT_LIMIT_MS, 'unclear')
  })
  try {
    return await Promise.race([TRIES[kind](client), late])
  } catch {
    // ssh2 throws when the connection is gone
    return 'unclear'
  } finally {
    clearTimeout(timer)
  }
}

const TRIES: Record<AttemptKind, (client: Client) => Promise<AttemptResult>> = {
  shell: (client) => ask((opened) => client.shell(false, opened), isId, 'id\nexit\n'),
  command: (client) => ask((opened) => client.exec('id', opened), isId, ''),
  scp: (client) =>
    ask(
      (opened) => client.exec('scp -t .', opened),
      (answer) => answer[0] === 0,
      '',
    ),
  sftp: (client) =>
    ask(
      (opened) => client.subsys('sftp', opened),
      (answer) => answer[4] === SFTP_VERSION,
      SFTP_INIT,
    ),
  terminal: (client) => ask((opened) => client.exec(NOTHING, { pty: true }, opened)),
  'x11-forwarding': (client) => ask((opened) => client.exec(NOTHING, { x11: true }, opened)),
  'agent-forwarding': (client) =>
    ask((opened) => client.exec(NOTHING, { agentForward: true } as object, opened)),
  // to the host's own sshd: whether anything listens there does not matter
  'port-forwarding': (client) => ask((opened) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', 22, opened)),
  'remote-forwarding': (client) =>
    new Promise((resolve) => {
      client.forwardIn('127.0.0.1', 0, (error, port) => {
        if (error) return resolve('refused')
        resolve('granted')
        client.unforwardIn('127.0.0.1', port, () => {})
      })
    }),
}

/**
 * Opens a channel and says whether it was granted.
 * @param isGranted what the answer looks like where a yes to the channel alone says nothing: a forced command runs in its place
 * @param input what to send before the end of the input
 */
function ask(
  open: (opened: Opened) => void,
  isGranted?: (answer: Buffer) => boolean,
  input?: string | Uint8Array,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    open((error, channel) => {
      if (error) return resolve(isRefusal(error) ? 'refused' : 'granted')
      channel.on('error', () => resolve('unclear'))
      if (!isGranted) {
        resolve('granted')
        channel.resume()
        channel.stderr.resume()
        channel.close()
        return
      }
      let answer = Buffer.alloc(0)
      channel.stderr.resume()
      channel.on('data', (chunk: Buffer) => {
        if (answer.length < ANSWER_BYTES) answer = Buffer.concat([answer, chunk])
        if (!isGranted(answer)) return
        resolve('granted')
        channel.close()
      })
      channel.on('close', () => resolve('refused'))
      channel.end(input)
    })
  })
}

function isRefusal(error: Error & { reason?: unknown }): boolean {
  return error.reason === undefined || REFUSED_TO_OPEN.includes(error.reason)
}

function isId(answer: Buffer): boolean {
  return /\buid=[0-9]/.test(answer.toString('latin1'))
}
