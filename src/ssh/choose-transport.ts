// Which program speaks SSH to a host: ssh2 in this process, which costs least, or the system's ssh for what ssh2 can't do.
import { existsSync, readFileSync } from 'node:fs'
import { AlgorithmError, ConfigError, LoginError } from '../errors.ts'
import { askSpecialKeys } from './openssh/agent-special-keys.ts'
import { hasTicket } from './openssh/has-ticket.ts'
import type { HostSettings } from './settings/host-settings.ts'
import { lately } from './settings/lately.ts'
import { isKnownByAuthorityAlone } from './trust/host-key.ts'

/** Why the program ssh is needed. */
export type WhyOpenssh = {
  words: string
  /** the key is a FIDO key, or may be one: a person touches it */
  isTouched?: true
}

/** Says why ssh2 does not do for this host; nothing where it does. */
export async function whyOpenssh(settings: HostSettings): Promise<WhyOpenssh | undefined> {
  const { transport, via, proxyCommand, isSocketPassed, sshOnly } = settings
  if (transport === 'ssh2') return refuseRevocations(settings)
  if (transport === 'openssh') return { words: 'the config says so', ...touched(settings) }
  const certificate = certificateOf(settings)
  if (certificate !== undefined) return { words: `certificate ${certificate}`, ...touched(settings) }
  const fido = settings.identityFiles.find(isFido)
  // a plain key may do as well, and needs no touch
  if (fido !== undefined && (settings.isIdentityNamed || settings.identityFiles.every(isFido)))
    return { words: `FIDO key ${fido}`, isTouched: true }
  if (proxyCommand !== undefined && isSocketPassed)
    return { words: 'its ProxyCommand hands over a socket (ProxyUseFdpass)', ...touched(settings) }
  if (sshOnly?.revokedHostKeys !== undefined)
    return { words: 'ssh_config names revoked host keys (RevokedHostKeys)', ...touched(settings) }
  if (sshOnly?.hasHostsCommand && settings.hostKeys.length === 0)
    return { words: 'ssh_config has a KnownHostsCommand', ...touched(settings) }
  const missing = missingAlgorithm(settings)
  if (missing) return { words: `ssh_config allows no ${missing} that ssh2 has`, ...touched(settings) }
  if (await isKnownByAuthorityAlone(settings))
    return { words: 'the host is known by a certificate authority', ...touched(settings) }
  const hop = via && (await whyOpenssh(via))
  return hop && { words: `${via?.name}: ${hop.words}`, ...touched(settings) }
}

/** Says what ssh2 could not do for a host, where that shows only when it has tried. */
export async function whyOpensshAfter(
  error: unknown,
  settings: HostSettings,
): Promise<WhyOpenssh | undefined> {
  const { agentSocket, identityFiles, sshOnly } = settings
  if (error instanceof AlgorithmError)
    return { words: `the host allows no ${error.details.lacking} that ssh2 has` }
  if (!(error instanceof LoginError)) return undefined
  const fido = identityFiles.find(isFido)
  if (fido !== undefined) return { words: `FIDO key ${fido}`, isTouched: true }
  // the agent's keys are known when all others have failed; ssh2 can't offer these
  const special = agentSocket === undefined ? undefined : await askSpecialKeys(agentSocket)
  if (special?.hasCertificate || special?.hasFido) return { words: 'the agent has certificates or FIDO keys' }
  if (sshOnly?.tokenLibrary !== undefined) return { words: 'ssh_config names a PKCS#11 provider' }
  const offered = error.details.methods
  const method = sshOnly?.methods.find((each) => Array.isArray(offered) && offered.includes(each))
  if (method === undefined || (method.startsWith('gssapi') && !(await hasTicket()))) return undefined
  return { words: `the host accepts ${method}` }
}

/** Says whether ssh2 can show the key of this host, for a person to trust it. */
export function canShowKey(settings: HostSettings): boolean {
  return missingAlgorithm(settings) === undefined && settings.sshOnly?.revokedHostKeys === undefined
}

/** @throws ConfigError where ssh2 is forced on a host, and does not know which keys are revoked */
function refuseRevocations({ name, sshOnly }: HostSettings): undefined {
  if (sshOnly?.revokedHostKeys === undefined) return undefined
  throw new ConfigError(
    `ssh_config has RevokedHostKeys for '${name}', which only the program ssh checks, and the config says \`transport: 'ssh2'\``,
    { suggestions: ['Remove `transport` from the config.'] },
  )
}

function missingAlgorithm({ algorithms }: HostSettings): string | undefined {
  return Object.entries(algorithms ?? {}).find(([, names]) => names.length === 0)?.[0]
}

/** Over another transport than its own, a FIDO key of a file is still touched. */
function touched({ identityFiles }: HostSettings): Pick<WhyOpenssh, 'isTouched'> {
  return identityFiles.some(isFido) ? { isTouched: true } : {}
}

/** A certificate beside a key, or named by ssh_config. */
function certificateOf({ certificateFiles = [], identityFiles }: HostSettings): string | undefined {
  return [...certificateFiles, ...identityFiles.map((file) => `${file.replace(/\.pub$/, '')}-cert.pub`)].find(
    isThere.ask,
  )
}

const isThere = lately((file) => existsSync(file))

/** By its public half: the private one may be encrypted. */
function isFido(file: string): boolean {
  return isFidoHalf.ask(file.endsWith('.pub') ? file : `${file}.pub`)
}

const isFidoHalf = lately((file) => {
  try {
    return /^sk-/.test(readFileSync(file, 'utf8'))
  } catch {
    return false
  }
})
