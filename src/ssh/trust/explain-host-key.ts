// Why a host's key is not trusted, and the commands that put it right. The words are the same whatever speaks SSH.
import { HostKeyError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { nameCommand } from '../../words/command.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { type KeyVerdict, type KnownHost, type ShownKey, shownKey } from './known-hosts.ts'

/** What is known of a key that a host shows; `not-pinned` where the config has keys, and not this one. */
export type KeyFinding = KeyVerdict | { verdict: 'not-pinned' }

/** The host that shows a key. */
export type KeyScene = { settings: HostSettings; where: string; key: ShownKey }

/** Explains a finding; nothing when the key is trusted. */
export function explainHostKey(finding: KeyFinding, scene: KeyScene): HostKeyError | undefined {
  if (finding.verdict === 'ok') return undefined
  const { settings, key, where } = scene
  const { name } = settings
  const subject = `the host key of '${cleanQuote(name)}' (${where})`
  const ask = `Ask the administrator of '${cleanQuote(name)}' for the fingerprint of its host key`
  const refuse = (message: string, suggestions: readonly string[], entry?: KnownHost) =>
    new HostKeyError(message, { suggestions, details: detailsOf(key, entry) })
  switch (finding.verdict) {
    case 'unknown':
      return refuse(`${subject} is unknown: ${describeKey(key)}; no line for it in ${filesOf(settings)}`, [
        `${ask}.`,
        trust('If it is the same, trust the key', name),
      ])
    case 'not-pinned':
      return refuse(`${subject} is not one that the config pins: it is ${describeKey(key)}`, [
        `${ask}: if it differs, somebody is intercepting the connection. Nothing was sent to them.`,
        trust('Only if it is the same, get the line for `ssh.hostKeys` of the config', name),
      ])
    case 'cert-only':
      return refuse(
        `'${cleanQuote(name)}' (${where}) is known by a certificate authority only (${placeOf(finding.entry)}), and shows no host certificate that shipit can check; its key is ${describeKey(key)}`,
        [
          `Ask the administrator of '${cleanQuote(name)}' for a host certificate of this authority. If the config says \`transport: 'ssh2'\`, remove that: only the program ssh checks certificates.`,
          trust('Or compare the fingerprint with theirs, and trust this key alone', name),
        ],
        finding.entry,
      )
    case 'changed':
      return refuse(
        `${subject} has changed: it is ${describeKey(key)}, but ${placeOf(finding.entry)} has ${describeEntry(finding.entry)}`,
        [
          `${ask}: if it differs, somebody is intercepting the connection. Nothing was sent to them.`,
          forget(finding.entry, finding.name),
          trust('Then trust the new one', name),
        ],
        finding.entry,
      )
    case 'revoked':
      return refuse(
        `${subject} is revoked by ${placeOf(finding.entry)}: ${describeKey(key)}`,
        replaceKey(name),
        finding.entry,
      )
  }
}

/** Explains that a key is in a file of revoked keys (RevokedHostKeys), of which ssh names no line. */
export function explainRevokedBy(file: string, { settings, where, key }: KeyScene): HostKeyError {
  const name = cleanQuote(settings.name)
  return new HostKeyError(
    `the host key of '${name}' (${where}) is revoked by '${cleanQuote(file)}' (RevokedHostKeys): ${describeKey(key)}`,
    { suggestions: replaceKey(name), details: { ...detailsOf(key), file } },
  )
}

/**
 * Explains a host certificate that ssh does not take.
 * @param why in ssh's words: `name is not a listed principal`, `expired`
 * @param authority the line of known_hosts that trusts who signed it
 */
export function explainCertificate(
  why: string,
  { settings, where, key }: KeyScene,
  authority?: KnownHost,
): HostKeyError {
  const name = cleanQuote(settings.name)
  const lookedUp = cleanQuote(settings.hostKeyAlias ?? settings.address)
  const [message, wanted] = /principal/i.test(why)
    ? [
        `is not for the name '${lookedUp}' (${why})`,
        `a certificate for '${lookedUp}': ssh-keygen -s CA -h -I ${lookedUp} -n ${lookedUp} KEY.pub`,
      ]
    : /expired/i.test(why)
      ? [
          'has expired',
          `a new certificate: ssh-keygen -s CA -h -I ${lookedUp} -n ${lookedUp} -V +52w KEY.pub`,
        ]
      : [`is not valid (${cleanQuote(why)})`, 'a valid certificate.']
  return new HostKeyError(
    `the host certificate of '${name}' (${where}) ${message}; its key is ${describeKey(key)}${authority ? `, signed by the authority of ${placeOf(authority)}` : ''}`,
    {
      suggestions: [`Ask the administrator of '${name}' for ${wanted}`],
      details: detailsOf(key, authority),
    },
  )
}

/** Says where a line stands: `'/home/alice/.ssh/known_hosts' line 3` */
export function placeOf(entry: KnownHost): string {
  return `'${entry.file}' line ${entry.line}`
}

/** Says what a key is: `ssh-ed25519 SHA256:…` */
export function describeKey({ type, fingerprint }: ShownKey): string {
  return `${cleanQuote(type)} ${cleanQuote(fingerprint)}`
}

function filesOf({ knownHostsFiles }: HostSettings): string {
  return knownHostsFiles.map((file) => `'${file}'`).join(', ') || 'any file, since known_hosts is turned off'
}

function describeEntry({ key }: KnownHost): string {
  return describeKey(shownKey(key))
}

function replaceKey(name: string): string[] {
  return [
    `Ask the administrator of '${cleanQuote(name)}' to give the host a new key; anybody with the old one can impersonate it.`,
    trust('Then trust the new one', name),
  ]
}

function trust(words: string, name: string): string {
  return `${words}: ${nameCommand(`trust ${shellWord(name)}`, undefined)}`
}

function forget(entry: KnownHost, name: string): string {
  // ssh-keygen takes only names, and leaves patterns alone
  return /[*?!]/.test(entry.hosts)
    ? `Only if it is the same, remove line ${entry.line} from '${entry.file}': it has a pattern, which ssh-keygen leaves alone.`
    : `Only if it is the same, forget the old key: ssh-keygen -R ${shellWord(name)} -f ${shellWord(entry.file)}`
}

function detailsOf({ type, fingerprint }: ShownKey, entry?: KnownHost): Record<string, unknown> {
  const shown = { keyType: cleanQuote(type), fingerprint: cleanQuote(fingerprint) }
  return entry ? { ...shown, file: entry.file, line: entry.line } : shown
}
