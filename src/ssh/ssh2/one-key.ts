// To ssh2 each key is an agent with this one key: so it asks the host first, and a signature may take its time.
import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2'
import type { Ssh2 } from '../keys/load-ssh2.ts'

type OneKey = {
  publicKey: ParsedKey
  /** of an RSA key's signature; what ssh2 chooses where it is missing */
  hash?: RsaHash | undefined
  /** signs what the login is about; the host has said that it takes the key */
  sign: (data: Buffer, options: SigningRequestOptions) => Promise<Buffer>
  /** is told what ssh2 throws when it gets the signature */
  fail: (error: Error) => void
}

/** RFC 8332. */
export type RsaHash = 'sha512'

/** Makes that agent. */
export function createOneKey(ssh2: Ssh2, { publicKey, hash, sign, fail }: OneKey): BaseAgent {
  const offered = hash ? nameAlgorithm(publicKey, 'rsa-sha2-512') : publicKey
  class OneKeyAgent extends ssh2.BaseAgent {
    getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(undefined, [offered])
    }

    sign(
      _key: unknown,
      data: Buffer,
      given: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      const [options, done] = typeof given === 'function' ? [{}, given] : [given, callback]
      sign(data, hash ? { ...options, hash } : options)
        .then(
          (signature) => done?.(undefined, signature),
          (error) => done?.(error),
        )
        .catch(fail)
    }
  }
  return new OneKeyAgent()
}

/** ssh2 takes a key's type for the algorithm, and of an RSA key chooses that itself: sha2-256, also where a host takes only the other. */
function nameAlgorithm(key: ParsedKey, algorithm: string): ParsedKey {
  return Object.create(key, { type: { value: algorithm } })
}
