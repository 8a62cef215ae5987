// What the agent holds that only ssh can use: certificates and FIDO keys. ssh2 leaves them out without a word.
import { runProgram } from '../../programs/run-program.ts'

const LIMIT_MS = 5000
/** PROTOCOL.certkeys and PROTOCOL.u2f of OpenSSH. */
const CERTIFICATE = /^\S+-cert-v01@openssh\.com /m
const FIDO = /^sk-\S+ /m

/** What an agent holds of these. An agent that does not answer holds none. */
export type SpecialKeys = { hasCertificate: boolean; hasFido: boolean }

/** Asks an agent. */
export async function askSpecialKeys(agentSocket: string): Promise<SpecialKeys> {
  const env = { ...process.env, SSH_AUTH_SOCK: agentSocket }
  const { stdout, failure } = await runProgram(['ssh-add', '-L'], { env, timeout: LIMIT_MS })
  const listed = failure ? '' : stdout
  return { hasCertificate: CERTIFICATE.test(listed), hasFido: FIDO.test(listed) }
}
