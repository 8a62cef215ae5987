// Whether a host is the one it says it is: the config's pinned keys, else known_hosts. There is no way to turn this off.
import { readFile } from 'node:fs/promises'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { ConfigError, HostKeyError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import {
  findKey,
  fingerprint,
  type KeyVerdict,
  type KnownAs,
  type KnownHost,
  keyType,
  knownKeyTypes,
  lookUpKey,
  lookUpNameOf,
  parseKnownHosts,
  parsePublicKey,
} from './known-hosts.ts'

/** What is known of a host's key. */
export type HostKeyCheck = {
  /** the signature algorithms of the keys that the host is known by, best first */
  algorithms: readonly ServerHostKeyAlgorithm[]
  /** Says why the host's key is not to be trusted; nothing when it is. */
  refuse: (key: Buffer, where: string) => HostKeyError | undefined
  /** Says by what a trusted key is known: `'/home/alice/.ssh/known_hosts' line 3` */
  knownBy: (key: Buffer) => string
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
  if (settings.hostKeys.length > 0) return checkPinned(settings, settings.hostKeys.map(parsePinned))
  const entries = (await Promise.all(settings.knownHostsFiles.map(readKnownHosts))).flat()
  const knownAs = namesOf(settings)
  return {
    algorithms: algorithmsOf(knownKeyTypes(entries, knownAs)),
    refuse: (key, where) => explain(lookUpKey(entries, knownAs, key), key, { settings, where, knownAs }),
    knownBy(key) {
      const entry = findKey(entries, knownAs, key)
      return entry ? place(entry) : 'known_hosts'
    },
  }
}

/** Says whether known_hosts has nothing of a host but a certificate authority, which ssh2 can't check. */
export async function isKnownByAuthorityAlone(settings: HostSettings): Promise<boolean> {
  if (settings.hostKeys.length > 0) return false
  const entries = (await Promise.all(settings.knownHostsFiles.map(readKnownHosts))).flat()
  if (!entries.some(({ marker }) => marker === 'cert-authority')) return false
  return lookUpKey(entries, namesOf(settings), Buffer.alloc(0)).verdict === 'cert-only'
}

/** ssh_config(5), HostKeyAlias: one name, whatever the port. */
function namesOf({ name, address, port, hostKeyAlias }: HostSettings): KnownAs {
  if (hostKeyAlias !== undefined) return { hosts: [hostKeyAlias], port: 22 }
  return { hosts: [...new Set([name, address])], port }
}

function checkPinned(settings: HostSettings, pinned: readonly Buffer[]): HostKeyCheck {
  return {
    algorithms: algorithmsOf(pinned.map(keyType)),
    knownBy: () => '`ssh.hostKeys` of the config',
    refuse(key, where) {
      if (pinned.some((each) => each.equals(key))) return undefined
      return new HostKeyError(
        `the host key of '${settings.name}' (${where}) is not one that the config pins: it is ${describe(key)}`,
        {
          suggestions: [
            `Ask the administrator of '${settings.name}' whether its key was changed; somebody may be intercepting the connection.`,
            `Only if the fingerprint is the administrator's: change \`ssh.hostKeys\` in the config to ['${publicKey(key)}'].`,
          ],
          details: detailsOf(key),
        },
      )
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

async function readKnownHosts(file: string): Promise<KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw new ConfigError(`cannot read the known hosts in '${file}': ${(error as Error).message}`, {
      cause: error,
      suggestions: [`Make it readable, since it may list a revoked key: \`chmod u+r ${shellWord(file)}\`.`],
    })
  }
}

function algorithmsOf(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap((type) => (Object.hasOwn(ALGORITHMS, type) ? (ALGORITHMS[type] ?? []) : []))
}

type Scene = { settings: HostSettings; where: string; knownAs: KnownAs }

function explain(verdict: KeyVerdict, key: Buffer, scene: Scene): HostKeyError | undefined {
  const { settings, where } = scene
  const subject = `the host key of '${settings.name}' (${where})`
  const ask = `Ask the administrator of '${settings.name}' for the fingerprint of its host key`
  switch (verdict.verdict) {
    case 'ok':
      return undefined
    case 'unknown':
      return new HostKeyError(`${subject} is unknown: ${describe(key)}`, {
        suggestions: [`${ask}, and compare.`, ...addKey(key, scene)],
        details: detailsOf(key),
      })
    case 'cert-only':
      return new HostKeyError(
        `${subject} is known by a certificate authority only (${place(verdict.entry)}), and shipit can't check host certificates; the key is ${describe(key)}`,
        {
          suggestions: [`${ask}, and compare.`, ...addKey(key, scene)],
          details: detailsOf(key, verdict.entry),
        },
      )
    case 'changed':
      return new HostKeyError(
        `${subject} has changed: it is ${describe(key)}, but ${place(verdict.entry)} has ${describe(verdict.entry.key)}`,
        {
          suggestions: [
            `${ask}: if it differs, somebody is intercepting the connection. Nothing was sent to them.`,
            `Only if it is the same: ${forget(verdict.entry, verdict.name)}.`,
            ...addKey(key, scene),
          ],
          details: detailsOf(key, verdict.entry),
        },
      )
    case 'revoked':
      return new HostKeyError(`${subject} is revoked by ${place(verdict.entry)}: ${describe(key)}`, {
        suggestions: [
          `Ask the administrator of '${settings.name}' to give the host a new key; anybody with the old one can impersonate it.`,
        ],
        details: detailsOf(key, verdict.entry),
      })
  }
}

function addKey(key: Buffer, { settings, knownAs }: Scene): string[] {
  const file = settings.knownHostsFiles[0]
  const type = keyType(key).replace(/^ssh-|-sha2-.*$/g, '')
  const line = `${lookUpNameOf(settings.hostKeyAlias ?? settings.address, knownAs.port)} ${publicKey(key)}`
  const isBehind = settings.via !== undefined || settings.proxyCommand !== undefined
  const scan = isBehind
    ? `echo ${shellWord(line)}`
    : `ssh-keyscan -p ${settings.port} -t ${type} ${shellWord(settings.address)}`
  return [
    ...(file
      ? [`If they are equal, add the key: \`${scan} >>${shellWord(file)}\` (the line is '${line}').`]
      : []),
    `Or pin it in the config, in the environment's \`ssh\`: hostKeys: ['${publicKey(key)}'].`,
  ]
}

function forget(entry: KnownHost, name: string): string {
  // ssh-keygen takes only names, and leaves patterns alone.
  if (/[*?!]/.test(entry.hosts)) return `remove line ${entry.line} from '${entry.file}'`
  return `\`ssh-keygen -R ${shellWord(name)} -f ${shellWord(entry.file)}\``
}

function place(entry: KnownHost): string {
  return `'${entry.file}' line ${entry.line}`
}

function describe(key: Buffer): string {
  return `${cleanQuote(keyType(key))} ${fingerprint(key)}`
}

function publicKey(key: Buffer): string {
  return `${cleanQuote(keyType(key))} ${key.toString('base64')}`
}

function detailsOf(key: Buffer, entry?: KnownHost): Record<string, unknown> {
  const shown = { keyType: cleanQuote(keyType(key)), fingerprint: fingerprint(key) }
  return entry ? { ...shown, file: entry.file, line: entry.line } : shown
}
