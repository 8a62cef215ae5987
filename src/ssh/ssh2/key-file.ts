// A private key in a file. Its public half can mostly be read without the passphrase, so that is asked for only when a host
// takes the key.
import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { ConfigError } from '../../errors.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Ssh2 } from './load-ssh2.ts'

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
}

const MAX_ATTEMPTS = 3
const OPENSSH_KEY = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/
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
  if (!/encrypted/i.test(parsed.message)) {
    throw new UnusableKey(`'${file}' is no key that shipit can use: ${parsed.message}`)
  }
  const publicKey =
    readPublicHalf(ssh2, text) ?? parseKey(ssh2, await readFile(`${file}.pub`, 'utf8').catch(() => ''))
  return { file, text, encrypted: true, ...(publicKey instanceof Error ? {} : { publicKey }) }
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
      `'${key.file}' is a public key, and no agent holds its private half`,
      other === undefined
        ? 'Set `ssh.identityFile` to the private half.'
        : `Set \`ssh.identityFile\` to '${other}', or add that to an agent: \`ssh-add ${shellWord(other)}\`.`,
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
        suggestions: [`Set \`ssh.identityFile\` to your key, or look at it: \`ls -l ${shellWord(file)}\`.`],
      },
    )
  }
}

function parseKey(ssh2: Ssh2, data: string | Buffer, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(data, passphrase) as ParsedKey | ParsedKey[] | Error
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
