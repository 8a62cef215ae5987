// One connection to one host by ssh2: reached, its key checked, logged in. Or only its key, for a person to look at.
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { defined } from '../defined.ts'
import { HostKeyError } from '../errors.ts'
import { comeAgain } from './connection/come-again.ts'
import type { Connection } from './connection/connection.ts'
import type { Identities } from './keys/identities.ts'
import { loadSsh2 } from './keys/load-ssh2.ts'
import type { HostSettings } from './settings/host-settings.ts'
import { Attempt } from './ssh2/attempt.ts'
import { loadHostKeyCheck } from './trust/host-key.ts'
import type { ShownBytes } from './trust/known-hosts.ts'

/** Where a name has several addresses: how long one may take before the next is tried. */
const ADDRESS_LIMIT_MS = 1000

/** Gives the stream to a host's sshd, for each attempt a new one. */
export type OpenWay = () => Duplex | Promise<Duplex>

/**
 * Opens a connection: TCP, the host's key, login by agent and key files.
 * @param identities of the whole command: `createIdentities`
 * @param openWay a TCP connection by default
 * @throws ConnectionError when the host can't be reached or logged in to within `connectTimeoutMs`
 * @throws HostKeyError when its key is not known, has changed or is revoked: then no login was tried
 * @throws ConfigError when a key file or a known_hosts file can't be read
 */
export async function openConnection(
  settings: HostSettings,
  identities: Identities,
  openWay: OpenWay = () => openSocket(settings),
): Promise<Connection> {
  const [ssh2, hostKey, offer] = await Promise.all([
    loadSsh2(),
    loadHostKeyCheck(settings),
    identities.offerTo(settings),
  ])
  return comeAgain(
    async () => new Attempt({ ssh2, settings, hostKey, offer, stream: await openWay() }),
    settings.connectTimeoutMs,
  )
}

/** A host's key as it was seen, and the address. */
export type SeenKey = { key: ShownBytes; where: string }

/**
 * Asks a host for its key and goes away; nobody logs in. An unknown key is what this is for, so nothing is checked.
 * @throws ConnectionError when the host can't be reached within `connectTimeoutMs`
 */
export async function readHostKey(
  settings: HostSettings,
  openWay: OpenWay = () => openSocket(settings),
): Promise<SeenKey> {
  const [ssh2, { algorithms }] = await Promise.all([loadSsh2(), loadHostKeyCheck(settings)])
  let seen: SeenKey | undefined
  const hostKey = {
    algorithms,
    knownBy: () => '',
    refuse(key: ShownBytes, where: string) {
      seen = { key, where }
      return new HostKeyError(`the host key of '${settings.name}' was only looked at`)
    },
  }
  const offer = { identities: [], problems: [] }
  try {
    await comeAgain(
      async () => new Attempt({ ssh2, settings, hostKey, offer, stream: await openWay() }),
      settings.connectTimeoutMs,
    )
  } catch (error) {
    if (!seen) throw error
  }
  if (!seen) throw new Error(`'${settings.name}' finished the login before its key was checked`)
  return seen
}

function openSocket({ address, port, connectTimeoutMs, family, localAddress }: HostSettings): Socket {
  const autoSelectFamilyAttemptTimeout = Math.ceil(
    Math.min(ADDRESS_LIMIT_MS, Math.max(10, connectTimeoutMs / 4)),
  )
  // Without noDelay every login waits twice for a delayed acknowledgement, 40 ms each.
  return connect({
    host: address,
    port,
    noDelay: true,
    autoSelectFamilyAttemptTimeout,
    ...defined({ family, localAddress }),
  })
}
