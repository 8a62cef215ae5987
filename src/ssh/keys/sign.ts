// A signature by a key that is here.
import { createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto'
import type { ParsedKey } from 'ssh2'

/** ssh2 would parse the key's text for each host: that costs more than the signature. */
const keys = new WeakMap<ParsedKey, KeyObject>()

/** @param hash of an RSA key's signature @throws Error when the key can't sign */
export function sign(key: ParsedKey, data: Buffer, hash?: string): Buffer {
  if (key.type === 'ssh-ed25519') return signBytes(null, data, keyObject(key))
  const signature: Buffer | Error = key.sign(data, hash)
  if (signature instanceof Error) throw signature
  return signature
}

function keyObject(key: ParsedKey): KeyObject {
  const known = keys.get(key)
  if (known) return known
  const made = createPrivateKey(key.getPrivatePEM())
  keys.set(key, made)
  return made
}
