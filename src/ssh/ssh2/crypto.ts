// What ssh2 takes from node:crypto for its packets. Bundled in its place (bundle.ts), since ssh2 hands the key over as bytes with
// every packet: some releases of Node (24.21 for one) then throw and catch an error twice, which costs more than to decrypt it.

import * as crypto from 'node:crypto'
import { type CipherGCMOptions, createSecretKey, type KeyObject } from 'node:crypto'

export { createHmac, randomFillSync, timingSafeEqual } from 'node:crypto'

/** The bytes of a key belong to a connection, and the object to them. */
const keys = new WeakMap<Buffer, KeyObject>()

export function createCipheriv(cipher: string, key: Buffer, iv: Buffer, options?: CipherGCMOptions) {
  return crypto.createCipheriv(cipher, keyObject(key), iv, options)
}

export function createDecipheriv(cipher: string, key: Buffer, iv: Buffer, options?: CipherGCMOptions) {
  return crypto.createDecipheriv(cipher, keyObject(key), iv, options)
}

function keyObject(key: Buffer): KeyObject {
  const known = keys.get(key)
  if (known) return known
  const made = createSecretKey(key)
  keys.set(key, made)
  return made
}
