// Private keys as PKCS#8 (RFC 5958), as openssl and many clouds write them. ssh2 reads none of these: they are given to it in
// the forms that it knows.

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { defined } from '../../defined.ts'
import { string, uint32 } from './wire.ts'

const PKCS8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/

/**
 * Rewrites a PKCS#8 key in a form that ssh2 reads; any other text stays as it is.
 * @returns an error that says 'encrypted' where a passphrase is missing
 */
export function fromPkcs8(text: string, passphrase?: string): string | Error {
  const [head, isEncrypted] = PKCS8.exec(text) ?? []
  if (head === undefined) return text
  if (isEncrypted !== undefined && !passphrase) return new Error('encrypted, and no passphrase given')
  try {
    return rewrite(createPrivateKey({ key: text, ...defined({ passphrase }) }))
  } catch (error) {
    return error as Error
  }
}

function rewrite(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key of the type ${key.asymmetricKeyType}`)
  const { x = '', d = '' } = key.export({ format: 'jwk' })
  return openSshKey(Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url'))
}

/** OpenSSH's own form (PROTOCOL.key), not encrypted. */
function openSshKey(publicHalf: Buffer, seed: Buffer): string {
  const type = string('ssh-ed25519')
  const check = Buffer.alloc(8)
  const secret = [check, type, string(publicHalf), string(Buffer.concat([seed, publicHalf])), string('')]
  const length = secret.reduce((sum, part) => sum + part.length, 0)
  const padding = Buffer.from(Array.from({ length: -length & 7 }, (_, index) => index + 1))
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[string('none'), string('none'), string(''), uint32(1)],
    string(Buffer.concat([type, string(publicHalf)])),
    string(Buffer.concat([...secret, padding])),
  ])
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}
