// To ssh2 each key is an agent with this one key: so it asks the host first, and a signature may take its time.
import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2'
import type { Ssh2 } from '../keys/load-ssh2.ts'

type OneKey = {
  publicKey: ParsedKey
  /** signs what the login is about; the host has said that it takes the key */
  sign: (data: Buffer, options: SigningRequestOptions) => Promise<Buffer>
  /** is told what ssh2 throws when it gets the signature */
  fail: (error: Error) => void
}

/** Makes that agent. */
export function createOneKey(ssh2: Ssh2, { publicKey, sign, fail }: OneKey): BaseAgent {
  class OneKeyAgent extends ssh2.BaseAgent {
    getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(undefined, [publicKey])
    }

    sign(
      _key: unknown,
      data: Buffer,
      given: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      const [options, done] = typeof given === 'function' ? [{}, given] : [given, callback]
      sign(data, options)
        .then(
          (signature) => done?.(undefined, signature),
          (error) => done?.(error),
        )
        .catch(fail)
    }
  }
  return new OneKeyAgent()
}
