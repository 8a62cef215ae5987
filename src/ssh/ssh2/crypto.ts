// What ssh2 takes from node:crypto for its packets. Bundled in its place (bundle.ts), since ssh2 hands the key over as bytes with
// every packet: some releases of Node (24.21 for one) then throw and catch an error twice, which costs more than to decrypt it.

import * as crypto from 'node:crypto'
import { type CipherGCMOptions, createSecretKey, type KeyObject } from 'node:crypto'

export { createHmac, timingSafeEqual } from 'node:crypto'

/** For the padding of hundreds of packets: to ask for each alone costs as much as to encrypt it. */
const POOL_BYTES = 4096
const pool = Buffer.alloc(POOL_BYTES)
let poolAt = POOL_BYTES

/** Random bytes, each of which is given away once. */
export function randomFillSync(into: Buffer, offset = 0, size = into.length - offset): Buffer {
  if (size > POOL_BYTES) return crypto.randomFillSync(into, offset, size)
  if (poolAt + size > POOL_BYTES) {
    crypto.randomFillSync(pool)
    poolAt = 0
  }
  pool.copy(into, offset, poolAt, poolAt + size)
  pool.fill(0, poolAt, poolAt + size)
  poolAt += size
  return into
}

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
