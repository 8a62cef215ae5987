// The keys that an ssh-agent holds. An agent that is gone or hangs is not an error: there may be files.
import { Socket } from 'node:net'
import type { BaseAgent, ParsedKey, SigningRequestOptions } from 'ssh2'
import type { Ssh2 } from './load-ssh2.ts'

/** What an agent can do for a login. */
export type AgentKeys = {
  keys: readonly ParsedKey[]
  sign: (key: ParsedKey, data: Buffer, options: SigningRequestOptions) => Promise<Buffer>
}

/** A list comes at once; a signature may wait for a person who confirms it or touches a token, as long as sshd waits (LoginGraceTime). */
const LIST_LIMIT_MS = 2000
const SIGN_LIMIT_MS = 115_000

/**
 * Asks an agent for its keys. Those that ssh2 can't use (certificates, FIDO) are not among them.
 * @throws Error when no agent answers
 */
export async function readAgentKeys(
  ssh2: Ssh2,
  agentSocket: string,
  listLimitMs = LIST_LIMIT_MS,
): Promise<AgentKeys> {
  const lister = openAgent(ssh2, agentSocket, listLimitMs)
  const keys = await new Promise<ParsedKey[]>((resolve, reject) => {
    lister.getIdentities((error, found) => (error ? reject(error) : resolve((found ?? []) as ParsedKey[])))
  })
  const signer = openAgent(ssh2, agentSocket, SIGN_LIMIT_MS)
  return {
    keys,
    sign: (key, data, options) =>
      new Promise((resolve, reject) => {
        signer.sign(key, data, options, (error, signature) =>
          signature ? resolve(signature) : reject(error ?? new Error('the agent did not sign')),
        )
      }),
  }
}

function openAgent(ssh2: Ssh2, agentSocket: string, limitMs: number): BaseAgent {
  // Pageant and Cygwin have ways of their own, without a limit.
  if (process.platform === 'win32') return ssh2.createAgent(agentSocket)
  return new (class extends ssh2.OpenSSHAgent {
    override getStream(callback: Parameters<InstanceType<Ssh2['OpenSSHAgent']>['getStream']>[0]): void {
      super.getStream((error, stream) => {
        if (stream instanceof Socket) stream.setTimeout(limitMs, () => stream.destroy())
        callback(error, stream)
      })
    }
  })(agentSocket)
}
