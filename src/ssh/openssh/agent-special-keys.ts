// What the agent holds that only ssh can use: certificates and FIDO keys. ssh2 leaves them out without a word.
import { execFile } from 'node:child_process'

const LIMIT_MS = 5000
/** PROTOCOL.certkeys and PROTOCOL.u2f of OpenSSH. */
const CERTIFICATE = /^\S+-cert-v01@openssh\.com /m
const FIDO = /^sk-\S+ /m

/** What an agent holds of these. An agent that does not answer holds none. */
export type SpecialKeys = { hasCertificate: boolean; hasFido: boolean }

/** Asks an agent. */
export function askSpecialKeys(agentSocket: string): Promise<SpecialKeys> {
  const { promise, resolve } = Promise.withResolvers<SpecialKeys>()
  const env = { ...process.env, SSH_AUTH_SOCK: agentSocket }
  const child = execFile('ssh-add', ['-L'], { env, timeout: LIMIT_MS }, (error, stdout) => {
    const listed = error ? '' : stdout
    resolve({ hasCertificate: CERTIFICATE.test(listed), hasFido: FIDO.test(listed) })
  })
  child.stdin?.destroy()
  return promise
}
