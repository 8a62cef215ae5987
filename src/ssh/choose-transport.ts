// Which program speaks SSH to a host: ssh2 in this process, which costs least, or the system's ssh for what ssh2 can't do.
import { existsSync, readFileSync } from 'node:fs'
import type { HostSettings } from './settings/host-settings.ts'
import { isKnownByAuthorityAlone } from './trust/host-key.ts'

/** Why the program ssh is needed. */
export type WhyOpenssh = {
  words: string
  /** the key is a FIDO key, or may be one: a person touches it */
  isTouched?: true
}

/** Says why ssh2 does not do for this host; nothing where it does. */
export async function whyOpenssh(settings: HostSettings): Promise<WhyOpenssh | undefined> {
  const { transport, via, proxyCommand, isSocketPassed } = settings
  if (transport === 'ssh2') return undefined
  if (transport === 'openssh') return { words: 'the config says so', ...touched(settings) }
  const certificate = certificateOf(settings)
  if (certificate !== undefined) return { words: `certificate ${certificate}`, ...touched(settings) }
  const fido = settings.identityFiles.find(isFido)
  // a plain key may do as well, and needs no touch
  if (fido !== undefined && (settings.isIdentityNamed || settings.identityFiles.every(isFido)))
    return { words: `FIDO key ${fido}`, isTouched: true }
  if (proxyCommand !== undefined && isSocketPassed)
    return { words: 'its ProxyCommand hands over a socket (ProxyUseFdpass)', ...touched(settings) }
  const missing = missingAlgorithm(settings)
  if (missing) return { words: `ssh_config allows no ${missing} that ssh2 has`, ...touched(settings) }
  if (await isKnownByAuthorityAlone(settings))
    return { words: 'the host is known by a certificate authority', ...touched(settings) }
  const hop = via && (await whyOpenssh(via))
  return hop && { words: `${via?.name}: ${hop.words}`, ...touched(settings) }
}

/** Says whether ssh2 has algorithms enough for this host. */
export function hasOwnAlgorithms(settings: HostSettings): boolean {
  return missingAlgorithm(settings) === undefined
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
    (file) => existsSync(file),
  )
}

/** By its public half: the private one may be encrypted. */
function isFido(file: string): boolean {
  try {
    return /^sk-/.test(readFileSync(file.endsWith('.pub') ? file : `${file}.pub`, 'utf8'))
  } catch {
    return false
  }
}
