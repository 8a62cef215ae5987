// What a host offers for the handshake (RFC 4253, 7.1). ssh2 tells nobody, and it is wanted where nothing of it will do.
import type { Algorithms } from '../settings/algorithms.ts'

const IDENTIFICATION = /(?:^|\n)SSH-[^\n]*\n/
const SSH_MSG_KEXINIT = 20
const COOKIE_BYTES = 16

/**
 * Reads a host's lists.
 * @param bytes all that it sent so far
 * @returns nothing while they are not whole, or if they never will be
 */
export function readOffer(bytes: Buffer): Algorithms | undefined {
  const text = bytes.toString('latin1')
  const found = IDENTIFICATION.exec(text)
  if (!found) return undefined
  const packet = bytes.subarray(found.index + found[0].length)
  // length, padding, message
  if (packet.length < 6 || packet.length < 4 + packet.readUInt32BE(0) || packet[5] !== SSH_MSG_KEXINIT)
    return undefined
  let at = 6 + COOKIE_BYTES
  const next = () => {
    const length = packet.readUInt32BE(at)
    at += 4 + length
    return packet.toString('latin1', at - length, at).split(',')
  }
  try {
    const [kex, serverHostKey, cipher, , hmac] = [next(), next(), next(), next(), next()] as const
    return { kex, serverHostKey, cipher, hmac }
  } catch {
    return undefined
  }
}
