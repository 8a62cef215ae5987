// Which program speaks SSH to a host: ssh2 in this process, which costs least, or the system's ssh for what ssh2 can't do.
import { existsSync, readFileSync } from 'node:fs'
import type { HostSettings } from './settings/resolve-settings.ts'
import { isKnownByAuthorityAlone } from './trust/host-key.ts'

/** Says why ssh2 does not do for this host; nothing where it does. */
export async function whyOpenssh(settings: HostSettings): Promise<string | undefined> {
  const { transport, via } = settings
  if (transport === 'ssh2') return undefined
  if (transport === 'openssh') return 'the config says so'
  const certificate = certificateOf(settings)
  if (certificate !== undefined) return `certificate ${certificate}`
  const fido = settings.identityFiles.find(isFido)
  // a plain key may do as well, and needs no touch
  if (fido !== undefined && (settings.isIdentityNamed || settings.identityFiles.every(isFido)))
    return `FIDO key ${fido}`
  const missing = missingAlgorithm(settings)
  if (missing) return `ssh_config allows no ${missing} that ssh2 has`
  if (await isKnownByAuthorityAlone(settings)) return 'the host is known by a certificate authority'
  const hop = via && (await whyOpenssh(via))
  return hop === undefined ? undefined : `${via?.name}: ${hop}`
}

/** Says whether ssh2 has algorithms enough for this host. */
export function hasOwnAlgorithms(settings: HostSettings): boolean {
  return missingAlgorithm(settings) === undefined
}

function missingAlgorithm({ algorithms }: HostSettings): string | undefined {
  return Object.entries(algorithms ?? {}).find(([, names]) => names.length === 0)?.[0]
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
