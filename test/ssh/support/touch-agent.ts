// A FIDO key without hardware: an agent that serves an `sk-ssh-ed25519` key and signs as a token does (PROTOCOL.u2f of OpenSSH), once a
// person has had the time to touch it.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { string, uint32 } from '../../../src/ssh/keys/wire.ts'

const TYPE = 'sk-ssh-ed25519@openssh.com'
const APPLICATION = 'ssh:'
/** user presence */
const TOUCHED = 1

/** Starts it at a socket; end it. `touches` counts its signatures. */
export async function startTouchAgent(socket: string, touchMs: number) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const blob = Buffer.concat([string(TYPE), string(point), string(APPLICATION)])
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()
  const state = { touches: 0 }
  const answer = async (message: Buffer): Promise<Buffer> => {
    if (message[0] === 11) return Buffer.concat([Buffer.from([12]), uint32(1), string(blob), string('token')])
    if (message[0] !== 13) return Buffer.from([5])
    await sleep(touchMs)
    state.touches += 1
    const at = 1 + 4 + message.readUInt32BE(1)
    const data = message.subarray(at + 4, at + 4 + message.readUInt32BE(at))
    const after = Buffer.concat([Buffer.from([TOUCHED]), uint32(state.touches)])
    const signature = sign(null, Buffer.concat([sha256(APPLICATION), after, sha256(data)]), privateKey)
    return Buffer.concat([Buffer.from([14]), string(Buffer.concat([string(TYPE), string(signature), after]))])
  }
  const server = createServer((stream) => {
    let waiting = Buffer.alloc(0)
    stream.on('error', () => {})
    stream.on('data', async (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes])
      if (waiting.length < 5 || waiting.length < 4 + waiting.readUInt32BE(0)) return
      const message = waiting.subarray(4, 4 + waiting.readUInt32BE(0))
      waiting = waiting.subarray(4 + message.length)
      stream.write(string(await answer(message)))
    })
  }).listen(socket)
  await once(server, 'listening')
  return { state, line: `${TYPE} ${blob.toString('base64')}`, stop: () => server.close() }
}
