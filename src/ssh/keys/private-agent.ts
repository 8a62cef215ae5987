// An agent of this process, which holds one key for one call of ssh: so the key is in no file, no command line and no environment.
// By hand, since ssh2's own loses its place after a message that it does not know, and ssh sends one first (session-bind).
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { ParsedKey } from 'ssh2'
import { string, uint32 } from './wire.ts'

/** draft-ietf-sshm-ssh-agent, 5.1 and 5.3. */
const FAILURE = 5
const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12
const SIGN_REQUEST = 13
const SIGN_RESPONSE = 14
const RSA_SHA2_256 = 2
const RSA_SHA2_512 = 4
const MAX_MESSAGE_BYTES = 256 * 1024

/**
 * Starts the agent.
 * @param socket in a folder that nobody else can enter
 * @returns the public half as a line of text, and what ends it
 */
export async function startPrivateAgent(
  key: ParsedKey,
  socket: string,
): Promise<{ publicKey: string; end: () => void }> {
  const blob = key.getPublicSSH()
  const secret = createPrivateKey(key.getPrivatePEM())
  const answer = (message: Buffer): Buffer => {
    if (message[0] === REQUEST_IDENTITIES)
      return Buffer.concat([Buffer.from([IDENTITIES_ANSWER]), uint32(1), string(blob), string('')])
    const signature =
      message[0] === SIGN_REQUEST ? signFor(message, { type: key.type, blob, secret }) : undefined
    return signature
      ? Buffer.concat([Buffer.from([SIGN_RESPONSE]), string(signature)])
      : Buffer.from([FAILURE])
  }
  const streams = new Set<Socket>()
  const server = createServer((stream) => {
    streams.add(stream)
    stream.on('error', () => {}).on('close', () => streams.delete(stream))
    let waiting = Buffer.alloc(0)
    stream.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes])
      if (waiting.length > MAX_MESSAGE_BYTES) stream.destroy()
      for (let end = endOf(waiting); end !== undefined; end = endOf(waiting)) {
        stream.write(string(answer(waiting.subarray(4, end))))
        waiting = waiting.subarray(end)
      }
    })
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    publicKey: `${key.type} ${blob.toString('base64')}`,
    end() {
      for (const stream of streams) stream.destroy()
      server.close()
    },
  }
}

/** Where the first message ends, if it is whole. */
function endOf(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined
  const end = 4 + bytes.readUInt32BE(0)
  return bytes.length < end ? undefined : end
}

type Secret = { type: string; blob: Buffer; secret: KeyObject }

/** key blob, data, flags; nothing for another key, or for a signature by SHA-1. */
function signFor(message: Buffer, { type, blob, secret }: Secret): Buffer | undefined {
  const [wanted, afterKey] = readString(message, 1)
  const [data, afterData] = readString(message, afterKey)
  if (!wanted.equals(blob) || message.length < afterData + 4) return undefined
  if (type === 'ssh-ed25519') return Buffer.concat([string(type), string(sign(null, data, secret))])
  if (type === 'ssh-rsa') {
    const flags = message.readUInt32BE(afterData)
    const bits = flags & RSA_SHA2_512 ? 512 : flags & RSA_SHA2_256 ? 256 : undefined
    if (bits === undefined) return undefined
    return Buffer.concat([string(`rsa-sha2-${bits}`), string(sign(`sha${bits}`, data, secret))])
  }
  const hash = { nistp256: 'sha256', nistp384: 'sha384', nistp521: 'sha512' }[
    type.slice('ecdsa-sha2-'.length)
  ]
  if (hash === undefined) return undefined
  const both = sign(hash, data, { key: secret, dsaEncoding: 'ieee-p1363' })
  const half = both.length / 2
  const numbers = [both.subarray(0, half), both.subarray(half)].map((number) => string(mpint(number)))
  return Buffer.concat([string(type), string(Buffer.concat(numbers))])
}

function readString(bytes: Buffer, at: number): [value: Buffer, end: number] {
  const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0
  const end = Math.min(bytes.length, at + 4 + length)
  return [bytes.subarray(at + 4, end), end]
}

/** RFC 4251, 5: no zeros in front, but for one where the number would look negative. */
function mpint(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0)
  const short = number.subarray(first === -1 ? number.length : first)
  return (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short
}
