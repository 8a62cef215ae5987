// A private key in a file. Its public half can mostly be read without the passphrase, so that is asked for only when a host
// takes the key.

import { access, readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { shellWord } from '../../words/shell-word.ts'
import { lately } from '../settings/lately.ts'
import type { Ssh2 } from './load-ssh2.ts'
import { fromPkcs8 } from './pkcs8.ts'

/** Asks a person; `attempt` counts from 1. Nothing means that they gave up. */
export type AskPassphrase = (file: string, attempt: number) => Promise<string | undefined>

/** A key that can't be used, and why: told only when no other key was taken. */
export class UnusableKey extends Error {
  readonly suggestion: string | undefined

  constructor(message: string, suggestion?: string) {
    super(message)
    this.suggestion = suggestion
  }
}

/** A key file as it was read. */
export type KeyFile = {
  file: string
  text: string
  /** missing where only the passphrase gives it */
  publicKey?: ParsedKey
  /** missing where the file holds the public half only, or is encrypted */
  privateKey?: ParsedKey
  encrypted: boolean
  /** that it is encrypted with, where ssh2 does not know it */
  cipher?: string
}

const MAX_ATTEMPTS = 3
const CERTIFICATE = /^\S+-cert-v\d\d@openssh\.com /
const CHACHA = 'chacha20-poly1305@openssh.com'
/** As ssh2 says it of OpenSSH's own form, and of the old one. */
const UNSUPPORTED_CIPHER = /^(?:Unsupported cipher for OpenSSH key: |Cipher \()([a-z0-9@.-]+)/
const OPENSSH_KEY = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/
/** The type of a FIDO key with its length before it, as in the public half of a key file, or alone in a line (PROTOCOL.u2f). */
const FIDO = /(?:^|\0\0\0[\x1a\x22])sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/
const OPENSSH_MAGIC = 'openssh-key-v1\0'

/**
 * Reads a key file, without its passphrase.
 * @throws ConfigError when it can't be read
 * @throws UnusableKey when it holds no key that ssh2 can use
 */
export async function readKeyFile(ssh2: Ssh2, file: string): Promise<KeyFile> {
  const text = await readText(file)
  const parsed = parseKey(ssh2, text)
  if (!(parsed instanceof Error)) {
    const halves = parsed.isPrivateKey() ? { privateKey: parsed, publicKey: parsed } : { publicKey: parsed }
    return { file, text, encrypted: false, ...halves }
  }
  if (FIDO.test(decode(text)) || FIDO.test(text))
    throw new UnusableKey(`'${file}' is a FIDO key, which only the program ssh can use`)
  if (CERTIFICATE.test(text)) throw new UnusableKey(`'${file}' is a certificate, which shipit cannot use yet`)
  const cipher = unreadableCipher(text, parsed.message)
  if (cipher === undefined && !/encrypted/i.test(parsed.message)) {
    throw new UnusableKey(`'${file}' is not a key that shipit can use: ${parsed.message}`, rewriteIt(file))
  }
  const publicKey =
    readPublicHalf(ssh2, text) ?? parseKey(ssh2, await readFile(`${file}.pub`, 'utf8').catch(() => ''))
  return {
    file,
    text,
    encrypted: true,
    ...defined({ publicKey: publicKey instanceof Error ? undefined : publicKey, cipher }),
  }
}

/**
 * Gets the private half, asking for the passphrase at most three times.
 * @throws UnusableKey when nobody can be asked, or nobody knows
 */
export async function unlockKeyFile(ssh2: Ssh2, key: KeyFile, ask?: AskPassphrase): Promise<ParsedKey> {
  const addIt = `Add it to an agent: \`ssh-add ${shellWord(key.file)}\`.`
  if (key.privateKey) return key.privateKey
  if (!key.encrypted) {
    const other = key.file.endsWith('.pub') ? key.file.slice(0, -'.pub'.length) : undefined
    throw new UnusableKey(
      `'${key.file}' is a public key, and no agent has its private key`,
      other === undefined
        ? 'Set `ssh.identityFile` to the private key.'
        : `Set \`ssh.identityFile\` to '${other}', or add that to an agent: \`ssh-add ${shellWord(other)}\`.`,
    )
  }
  if (key.cipher !== undefined) {
    throw new UnusableKey(
      `the key '${key.file}' is encrypted with ${key.cipher}, which shipit cannot read`,
      `${addIt} Or encrypt it again: \`ssh-keygen -p -Z aes256-ctr -f ${shellWord(key.file)}\`.`,
    )
  }
  if (!ask) {
    throw new UnusableKey(
      `the key '${key.file}' is encrypted, and there is no terminal to ask for its passphrase`,
      addIt,
    )
  }
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const passphrase = await ask(key.file, attempt)
    if (passphrase === undefined)
      throw new UnusableKey(`the key '${key.file}' is encrypted, and no passphrase was given`, addIt)
    const parsed = parseKey(ssh2, key.text, passphrase)
    if (!(parsed instanceof Error)) return parsed
  }
  throw new UnusableKey(`none of ${MAX_ATTEMPTS} passphrases opens the key '${key.file}'`, addIt)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new ConfigError(
      missing
        ? `the key file '${file}' does not exist`
        : `cannot read the key file '${file}': ${(error as Error).message}`,
      {
        cause: error,
        suggestions: [`Set \`ssh.identityFile\` to your key, or check it: \`ls -l ${shellWord(file)}\`.`],
      },
    )
  }
}

/** Says that a certificate lies beside a key, where ssh(1) would offer it. */
export async function findCertificate(file: string): Promise<UnusableKey | undefined> {
  const certificate = `${file.replace(/\.pub$/, '')}-cert.pub`
  if (!(await isThere.ask(certificate))) return undefined
  return new UnusableKey(
    `the certificate '${certificate}' was not offered: shipit cannot use certificates yet`,
    'If the host knows you only by the certificate, have the plain key added there.',
  )
}

const isThere = lately((file) =>
  access(file).then(
    () => true,
    () => false,
  ),
)

/** The cipher of a key, if ssh2 can't read that. */
function unreadableCipher(text: string, message: string): string | undefined {
  // ssh2 takes it for one that it knows, and then fails as for a wrong passphrase
  return decode(text).includes(CHACHA) ? CHACHA : UNSUPPORTED_CIPHER.exec(message)?.[1]
}

/** What OpenSSH's own form holds, of which the head is in clear. */
function decode(text: string): string {
  return Buffer.from(OPENSSH_KEY.exec(text)?.[1] ?? '', 'base64').toString('latin1')
}

/** ssh-keygen reads more forms than ssh2 does, and writes OpenSSH's own. */
function rewriteIt(file: string): string {
  return `If it is a private key, rewrite it: \`ssh-keygen -p -f ${shellWord(file)}\`.`
}

function parseKey(ssh2: Ssh2, data: string | Buffer, passphrase?: string): ParsedKey | Error {
  const readable = typeof data === 'string' ? fromPkcs8(data, passphrase) : data
  if (readable instanceof Error) return readable
  const parsed = ssh2.utils.parseKey(readable, passphrase) as ParsedKey | ParsedKey[] | Error
  // OpenSSH's format could hold several keys, and never does.
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('holds no key')) : parsed
}

/** OpenSSH's own format has the public half in clear: magic, cipher, kdf, its options, a count, then the key (PROTOCOL.key). */
function readPublicHalf(ssh2: Ssh2, text: string): ParsedKey | undefined {
  const bytes = Buffer.from(OPENSSH_KEY.exec(text)?.[1] ?? '', 'base64')
  if (!bytes.toString('latin1').startsWith(OPENSSH_MAGIC)) return undefined
  let at = OPENSSH_MAGIC.length
  const skip = () => {
    at += 4 + bytes.readUInt32BE(at)
  }
  try {
    skip()
    skip()
    skip()
    at += 4
    const from = at + 4
    skip()
    const parsed = parseKey(ssh2, bytes.subarray(from, at))
    return parsed instanceof Error ? undefined : parsed
  } catch {
    return undefined
  }
}
