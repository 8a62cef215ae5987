// The login: one key after the other, each only shown to the host at first, then what the host asks for besides.

import type {
  AuthHandlerMiddleware,
  BaseAgent,
  NextAuthHandler,
  ParsedKey,
  SigningRequestOptions,
} from 'ssh2'
import type { LoginError } from '../../errors.ts'
import type { TimeLimit } from '../connection/time-limit.ts'
import { explainLogin, type KeyProblem, type OfferedKey } from '../explain/explain-login.ts'
import { createPrompter } from '../keys/challenge.ts'
import type { Identity, Offer } from '../keys/identities.ts'
import { UnusableKey } from '../keys/key-file.ts'
import type { Ssh2 } from '../keys/load-ssh2.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { fingerprint } from '../trust/known-hosts.ts'
import { createOneKey, type RsaHash } from './one-key.ts'

/** How often a person may answer wrong. */
const MAX_TRIES = 3

/** One login to one host. */
export type Login = {
  authHandler: AuthHandlerMiddleware
  /** Names the key that was offered last, which is the one that the host took once it has. */
  describeKey: () => string
  /** Says why it failed, once it has; `said` is what the host gave as its reason. */
  explain: (where: string, said?: string) => LoginError
}

/** What a login needs of the connection that it is for. */
export type LoginScene = {
  ssh2: Ssh2
  settings: HostSettings
  offer: Offer
  /** stands still while a person is asked for a passphrase, or by an agent */
  limit: TimeLimit
  fail: (error: Error) => void
}

/** Prepares a login with the keys of an offer. */
export function createLogin(scene: LoginScene): Login {
  return new KeyLogin(scene)
}

class KeyLogin implements Login {
  readonly #scene: LoginScene
  readonly #problems: KeyProblem[]
  readonly #waiting: Identity[]
  readonly #offered: Identity[] = []
  /** RSA keys that the host refused with SHA-512: once it has seen all keys, these are offered with what ssh2 chooses */
  readonly #again: { identity: Identity; publicKey: ParsedKey }[] = []
  #isSecondRound = false
  #last: Identity | undefined
  /** the last request was for the methods that are left */
  #isAsking = false
  /** the host asked for a signature, so it takes the key: if that was not all, more keys are of no use */
  #isKeyTaken = false
  /** why nothing came of what the host asked for after the key */
  #refusal: string | undefined
  #methods: readonly string[] | undefined
  #tries = 0

  constructor(scene: LoginScene) {
    this.#scene = scene
    this.#problems = [...scene.offer.problems]
    this.#waiting = [...scene.offer.identities]
  }

  readonly describeKey = (): string => describeIdentity(this.#last)

  readonly explain = (where: string, said?: string): LoginError =>
    explainLogin({
      settings: this.#scene.settings,
      where,
      said,
      offered: this.#offered.map(keyOf),
      areAllTried: this.#isSecondRound || this.#isAsking,
      problems: this.#problems,
      methods: this.#methods,
      refusal: this.#refusal,
    })

  readonly authHandler: AuthHandlerMiddleware = (methodsLeft, _partial, next) => {
    if (this.#isAsking) this.#takeMethods(methodsLeft ?? [])
    this.#goOn(next).catch(this.#scene.fail)
  }

  #takeMethods(methods: readonly string[]): void {
    this.#methods = methods
    // a second key is wanted, or the signature was no good
    if (methods.includes('publickey')) this.#isKeyTaken = false
    this.#isAsking = false
  }

  async #goOn(next: NextAuthHandler): Promise<void> {
    const username = this.#scene.settings.user
    const agent = this.#isKeyTaken ? undefined : await this.#nextKey()
    if (agent) {
      this.#methods = undefined
      return next({ type: 'agent', username, agent })
    }
    if (!this.#methods) {
      // ssh2 forgets what a host answers to an agent's key; to this request it answers by what one could log in.
      this.#isAsking = true
      return next({ type: 'none', username })
    }
    const isAsked = this.#isKeyTaken && this.#methods.includes('keyboard-interactive')
    const prompt = isAsked ? this.#nextPrompt() : undefined
    if (prompt) return next({ type: 'keyboard-interactive', username, prompt })
    next(false as never)
  }

  /** The next key of the offer whose public half can be had. */
  async #nextKey(): Promise<BaseAgent | undefined> {
    const { limit } = this.#scene
    for (let identity = this.#waiting.shift(); identity; identity = this.#waiting.shift()) {
      const { unlock } = identity
      try {
        const publicKey = identity.publicKey ?? (await limit.hold(unlock))
        this.#offered.push(identity)
        if (publicKey.type !== 'ssh-rsa') return this.#agentOf(identity, publicKey)
        this.#again.push({ identity, publicKey })
        return this.#agentOf(identity, publicKey, 'sha512')
      } catch (error) {
        this.#problems.push(asProblem(error, identity))
      }
    }
    const again = this.#again.shift()
    if (again) this.#isSecondRound = true
    return again && this.#agentOf(again.identity, again.publicKey)
  }

  #agentOf(identity: Identity, publicKey: ParsedKey, hash?: RsaHash): BaseAgent {
    const { ssh2, fail } = this.#scene
    this.#last = identity
    return createOneKey(ssh2, { publicKey, hash, sign: this.#signerOf(identity, publicKey), fail })
  }

  #signerOf(identity: Identity, publicKey: ParsedKey) {
    const { limit } = this.#scene
    return async (data: Buffer, options: SigningRequestOptions): Promise<Buffer> => {
      try {
        refuseSha1(identity, publicKey, options)
        await limit.hold(identity.unlock)
        const signature = await limit.hold(() => identity.sign(data, options))
        this.#isKeyTaken = true
        return signature
      } catch (error) {
        const { message, suggestion } = asProblem(error, identity)
        this.#problems.push({ message, suggestion, isTaken: true })
        throw error
      }
    }
  }

  /** A person answers, at most so often; nothing if there is nobody, or it was enough. */
  #nextPrompt() {
    const { offer, settings, limit, fail } = this.#scene
    const { answerChallenge } = offer
    this.#tries += 1
    if (!answerChallenge) this.#refusal = 'there is no terminal to answer in'
    else if (this.#tries > 1) this.#refusal = 'it did not accept the answer'
    if (!answerChallenge || this.#tries > MAX_TRIES) return undefined
    const giveUp = (why: string) => {
      this.#refusal = why
      fail(this.explain(`${settings.address}:${settings.port}`))
    }
    return createPrompter({ host: settings.name, answer: answerChallenge, limit, giveUp })
  }
}

/** RFC 8332: a host that does not say that it takes better ones. @throws UnusableKey */
function refuseSha1(identity: Identity, publicKey: ParsedKey, { hash }: SigningRequestOptions): void {
  if (publicKey.type !== 'ssh-rsa' || (hash !== undefined && hash !== 'sha1')) return
  throw new UnusableKey(
    `the host accepts an RSA key only with SHA-1, which shipit does not sign with: ${describeIdentity(identity)}`,
    'Make a key of another type, and have it added there: `ssh-keygen -t ed25519`.',
  )
}

function keyOf({ source }: Identity): OfferedKey {
  return 'file' in source ? source : { agent: source.comment }
}

/** Names a key by its type, its fingerprint and where it comes from. */
function describeIdentity(identity: Identity | undefined): string {
  if (!identity) return 'no key'
  const { source, publicKey } = identity
  const key = publicKey ? `${publicKey.type} ${fingerprint(publicKey.getPublicSSH())}` : 'key'
  return 'file' in source ? `${key} of '${source.file}'` : `${key} ('${source.comment}') of the agent`
}

function asProblem(error: unknown, identity: Identity): UnusableKey {
  if (error instanceof UnusableKey) return error
  const key =
    'file' in identity.source ? `'${identity.source.file}'` : `'${identity.source.comment}' of the agent`
  return new UnusableKey(`cannot sign with the key ${key}: ${(error as Error).message}`)
}
