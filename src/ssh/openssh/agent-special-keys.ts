// What the agent holds that only ssh can use: certificates and FIDO keys. ssh2 leaves them out without a word.
import { execFile } from 'node:child_process'

const LIMIT_MS = 5000
/** PROTOCOL.certkeys and PROTOCOL.u2f of OpenSSH. */
const SPECIAL = /^(?:\S+-cert-v01@openssh\.com|sk-\S+) /m

/** Says whether an agent holds such keys. An agent that does not answer holds none. */
export function hasSpecialKeys(agentSocket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const env = { ...process.env, SSH_AUTH_SOCK: agentSocket }
  const child = execFile('ssh-add', ['-L'], { env, timeout: LIMIT_MS }, (error, stdout) =>
    resolve(!error && SPECIAL.test(stdout)),
  )
  child.stdin?.destroy()
  return promise
}
