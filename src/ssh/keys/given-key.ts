// A private key that was given as text, as CI systems keep it.
import type { ParsedKey } from 'ssh2'
import { ConfigError } from '../../errors.ts'
import { fromPkcs8 } from './pkcs8.ts'

/** The text of a key, and what to call it in messages: never the text itself. */
export type GivenKey = { name: string; text: string }

const NO_LINES = /\\n/g

/** Reads it. @throws ConfigError when it is not a key, or is encrypted */
export function parseGivenKey(
  parseKey: (text: string) => ParsedKey | ParsedKey[] | Error,
  { name, text }: GivenKey,
): ParsedKey {
  const readable = fromPkcs8(withLines(text))
  const parsed = readable instanceof Error ? readable : parseKey(readable)
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key && !(key instanceof Error) && key.isPrivateKey()) return key
  // the reason is not told, since a parser may quote what it read
  const isEncrypted = key instanceof Error && /encrypted/i.test(key.message)
  throw new ConfigError(
    isEncrypted
      ? `the key in ${name} is encrypted, and nobody is asked for its passphrase`
      : `${name} does not hold a private key that shipit can use`,
    {
      suggestions: isEncrypted
        ? ['Store the key without a passphrase. This removes it from a copy: ssh-keygen -p -N "" -f COPY']
        : [
            "Store the whole file of the private key, with its first and last line ('-----BEGIN OPENSSH PRIVATE KEY-----'), or the path of the file.",
          ],
    },
  )
}

/** Forms of CI systems lose line breaks: CR LF, and \n as two letters. */
function withLines(text: string): string {
  const lines = text.includes('\n') ? text : text.replaceAll(NO_LINES, '\n')
  return `${lines.replaceAll('\r', '').trim()}\n`
}
