// known_hosts as sshd(8), SSH_KNOWN_HOSTS FILE FORMAT, has it: parsing, and what it says of a key that a host shows.

import { createHash, createHmac } from 'node:crypto'
import { defined } from '../../defined.ts'

/** One usable line of a known_hosts file. */
export type KnownHost = {
  file: string
  /** counted from 1 */
  line: number
  marker?: 'revoked' | 'cert-authority'
  /** the comma list of patterns, or one hashed name */
  hosts: string
  type: string
  key: Buffer
}

/** A key that a host shows, as far as anything here depends on it. */
export type ShownKey = { type: string; fingerprint: string }

/** A key that came over the wire, whole: as it can be written down. */
export type ShownBytes = ShownKey & { bytes: Buffer }

/** The names under which a host may be known, as typed, and its port. */
export type KnownAs = { hosts: readonly string[]; port: number }

/** What the files say of a key; `name` is the one that the conflicting entry stands for. */
export type KeyVerdict =
  | { verdict: 'ok' | 'unknown' }
  | { verdict: 'changed' | 'revoked' | 'cert-only'; entry: KnownHost; name: string }

/** From the verdict that ends all doubt to the one that says nothing. */
const GRAVITY: readonly KeyVerdict['verdict'][] = ['revoked', 'changed', 'ok', 'cert-only', 'unknown']

/** Parses a known_hosts file; comments, empty lines and lines that make no sense are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/[ \t]+/)
    const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined
    if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority') return []
    const [hosts, type, base64] = words
    if (!hosts || hosts.startsWith('#') || !type || !base64) return []
    const key = parsePublicKey(`${type} ${base64}`)
    return key ? [{ file, line: index + 1, ...defined({ marker }), hosts, type, key }] : []
  })
}

/** The lines of a file, in which hundreds of hosts are looked up: those with plain names by name, the others one by one. */
export class KnownHosts {
  readonly #byName = new Map<string, KnownHost[]>()
  readonly #others: KnownHost[]

  constructor(entries: readonly KnownHost[]) {
    const [others, plain] = partition(entries, ({ hosts }) => /[|*?!]/.test(hosts))
    this.#others = others
    for (const entry of plain) {
      for (const name of new Set(entry.hosts.toLowerCase().split(','))) {
        const known = this.#byName.get(name)
        if (known) known.push(entry)
        else this.#byName.set(name, [entry])
      }
    }
  }

  /** The lines that are about a host, under any of its names, in the order of the file. */
  about(knownAs: KnownAs): KnownHost[] {
    const names = allNames(knownAs)
    const named = names.flatMap((name) => this.#byName.get(name) ?? [])
    const others = this.#others.filter(({ hosts }) => names.some((name) => matchesHost(hosts, name)))
    return [...new Set([...named, ...others])].sort((one, other) => one.line - other.line)
  }
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))]
}

function allNames({ hosts, port }: KnownAs): string[] {
  return [...new Set(hosts.flatMap((host) => [lookUpNameOf(host, port), host.toLowerCase()]))]
}

/**
 * Parses `ssh-ed25519 AAAA… comment` to the key's bytes.
 * @returns nothing when the type is not the one inside, or it is not a key at all
 */
export function parsePublicKey(text: string): Buffer | undefined {
  const [type, base64] = text.trim().split(/[ \t]+/)
  if (!type || !base64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const key = Buffer.from(base64, 'base64')
  return keyType(key) === type && key.length > 4 + type.length ? key : undefined
}

/** Reads the type out of a public key's bytes (RFC 4253, 6.6); empty when there is none. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return ''
  const length = key.readUInt32BE(0)
  return length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : ''
}

/** Says what `ssh-keygen -l` says: `SHA256:` and the hash in base64. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Takes from a key's bytes what the files are asked for. */
export function shownKey(key: Buffer): ShownKey {
  return { type: keyType(key), fingerprint: fingerprint(key) }
}

/** Looks a key up under all names of a host; the gravest finding counts, so that no name outvotes another. */
export function lookUpKey(entries: readonly KnownHost[], knownAs: KnownAs, key: ShownKey): KeyVerdict {
  const verdicts = knownAs.hosts.map((host) => lookUpName(entries, host, knownAs.port, key))
  return (
    GRAVITY.map((gravity) => verdicts.find((each) => each.verdict === gravity)).find(Boolean) ?? {
      verdict: 'unknown',
    }
  )
}

/** Finds the line by which a host's key is known, or the authority that signed it. */
export function findKey(
  entries: readonly KnownHost[],
  { marker, ...knownAs }: KnownAs & Pick<KnownHost, 'marker'>,
  key: ShownKey,
): KnownHost | undefined {
  const names = allNames(knownAs)
  return entries.find(
    (entry) =>
      entry.marker === marker && isSame(entry, key) && names.some((name) => matchesHost(entry.hosts, name)),
  )
}

/** The key types that a host is known by, in the order of the files: to be asked for first, or a known host looks changed. */
export function knownKeyTypes(entries: readonly KnownHost[], knownAs: KnownAs): string[] {
  const names = allNames(knownAs)
  const plain = entries.filter(
    (entry) => !entry.marker && names.some((name) => matchesHost(entry.hosts, name)),
  )
  return [...new Set(plain.map((entry) => entry.type))]
}

/** The name under which a host stands in known_hosts: `host`, or `[host]:port` where the port is not 22. */
export function lookUpNameOf(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

function lookUpName(entries: readonly KnownHost[], host: string, port: number, key: ShownKey): KeyVerdict {
  const found = judge(entries, lookUpNameOf(host, port), key)
  if (found.verdict !== 'unknown' || port === 22) return found
  // ssh tries the bare name as well, where only a match says something: the other port may be another machine.
  const bare = judge(entries, host.toLowerCase(), key)
  return bare.verdict === 'ok' || bare.verdict === 'revoked' ? bare : found
}

function judge(entries: readonly KnownHost[], name: string, key: ShownKey): KeyVerdict {
  const own = entries.filter((entry) => matchesHost(entry.hosts, name))
  const revoked = own.find((entry) => entry.marker === 'revoked' && isSame(entry, key))
  if (revoked) return { verdict: 'revoked', entry: revoked, name }
  const plain = own.filter((entry) => !entry.marker)
  if (plain.some((entry) => isSame(entry, key))) return { verdict: 'ok' }
  const other = plain.find((entry) => entry.type === key.type) ?? plain[0]
  if (other) return { verdict: 'changed', entry: other, name }
  const authority = own.find((entry) => entry.marker === 'cert-authority')
  return authority ? { verdict: 'cert-only', entry: authority, name } : { verdict: 'unknown' }
}

function isSame(entry: KnownHost, key: ShownKey): boolean {
  return fingerprint(entry.key) === key.fingerprint
}

function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name)
  let matches = false
  for (const pattern of hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), name)) return false
    } else {
      matches ||= matchesPattern(pattern, name)
    }
  }
  return matches
}

/** `|1|salt|hash`, the hash being HMAC-SHA1 of the name. */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|')
  if (version !== '1' || !salt || !hash) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

/** `*` stands for any characters, `?` for one. By hand, since a pattern as regular expression may take for ever. */
function matchesPattern(pattern: string, name: string): boolean {
  let at = 0
  let star = -1
  let retry = 0
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === '*') {
      star = at++
      retry = i
    } else if (pattern[at] === '?' || pattern[at] === name[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++retry
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
