// Whether a host is the one it says it is: the config's pinned keys, else known_hosts. There is no way to turn this off.
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { ConfigError, type HostKeyError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { explainHostKey, type KeyFinding, placeOf } from './explain-host-key.ts'
import {
  findKey,
  type KnownAs,
  type KnownHost,
  keyType,
  knownKeyTypes,
  lookUpKey,
  lookUpNameOf,
  parsePublicKey,
  type ShownKey,
  shownKey,
} from './known-hosts.ts'
import { readKnownHosts } from './read-known-hosts.ts'

/** What is known of a host's key. */
export type HostKeyCheck = {
  /** the signature algorithms of the keys that the host is known by, best first */
  algorithms: readonly ServerHostKeyAlgorithm[]
  judge: (key: ShownKey) => KeyFinding
  /** Says why the host's key is not to be trusted; nothing when it is. */
  refuse: (key: ShownKey, where: string) => HostKeyError | undefined
  /** Says by what a trusted key is known: `'/home/alice/.ssh/known_hosts' line 3` */
  knownBy: (key: ShownKey) => string
  /** Finds the line that trusts a certificate authority for this host. */
  findAuthority: (key: ShownKey) => KnownHost | undefined
}

/** The algorithms that go with a type of key (RFC 8332 for RSA); other types ssh2 can't check. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

/**
 * Reads what is known of a host's key. Files that are not there know nothing.
 * @throws ConfigError when a pinned key is none, or a file can't be read
 */
export async function loadHostKeyCheck(settings: HostSettings): Promise<HostKeyCheck> {
  const found =
    settings.hostKeys.length > 0
      ? checkPinned(settings.hostKeys.map(parsePinned))
      : checkKnown(await readEntries(settings), namesOf(settings))
  return {
    ...found,
    refuse: (key, where) => explainHostKey(found.judge(key), { settings, where, key }),
  }
}

/** Says whether known_hosts has nothing of a host but a certificate authority, which ssh2 can't check. */
export async function isKnownByAuthorityAlone(settings: HostSettings): Promise<boolean> {
  if (settings.hostKeys.length > 0) return false
  const entries = await readEntries(settings)
  if (!entries.some(({ marker }) => marker === 'cert-authority')) return false
  return lookUpKey(entries, namesOf(settings), shownKey(Buffer.alloc(0))).verdict === 'cert-only'
}

/** The name under which a host's key is written down, as ssh does it: with the port where that is not 22. */
export function writtenNameOf({ address, port, hostKeyAlias }: HostSettings): string {
  return hostKeyAlias === undefined ? lookUpNameOf(address, port) : lookUpNameOf(hostKeyAlias, 22)
}

/** ssh_config(5), HostKeyAlias: one name, whatever the port. */
function namesOf({ name, address, port, hostKeyAlias }: HostSettings): KnownAs {
  if (hostKeyAlias !== undefined) return { hosts: [hostKeyAlias], port: 22 }
  return { hosts: [...new Set([name, address])], port }
}

type Found = Omit<HostKeyCheck, 'refuse'>

function checkPinned(pinned: readonly Buffer[]): Found {
  const known = new Set(pinned.map((each) => shownKey(each).fingerprint))
  return {
    algorithms: algorithmsOf(pinned.map(keyType)),
    judge: ({ fingerprint }) => ({ verdict: known.has(fingerprint) ? 'ok' : 'not-pinned' }),
    knownBy: () => '`ssh.hostKeys` of the config',
    findAuthority: () => undefined,
  }
}

function checkKnown(entries: readonly KnownHost[], knownAs: KnownAs): Found {
  return {
    algorithms: algorithmsOf(knownKeyTypes(entries, knownAs)),
    judge: (key) => lookUpKey(entries, knownAs, key),
    findAuthority: (key) => findKey(entries, { ...knownAs, marker: 'cert-authority' }, key),
    knownBy(key) {
      const entry = findKey(entries, knownAs, key)
      return entry ? placeOf(entry) : 'known_hosts'
    },
  }
}

function parsePinned(text: string): Buffer {
  const key = parsePublicKey(text)
  if (key) return key
  throw new ConfigError(`\`ssh.hostKeys\` has a line that is not a public key: '${cleanQuote(text)}'`, {
    suggestions: ["Write the key's type and the key as `ssh-keyscan` prints them: 'ssh-ed25519 AAAA…'."],
  })
}

/** Of many thousand lines those that are about one host. */
async function readEntries(settings: HostSettings): Promise<KnownHost[]> {
  const files = await Promise.all(settings.knownHostsFiles.map(readKnownHosts))
  const names = namesOf(settings)
  return files.flatMap((file) => file?.about(names) ?? [])
}

function algorithmsOf(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap((type) => (Object.hasOwn(ALGORITHMS, type) ? (ALGORITHMS[type] ?? []) : []))
}
