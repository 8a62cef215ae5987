// The login: one key after the other, each only shown to the host at first, and what to say when it takes none.

import type {
  AuthHandlerMiddleware,
  BaseAgent,
  IdentityCallback,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2'
import { LoginError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { TimeLimit } from '../connection/time-limit.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'
import { fingerprint } from '../trust/known-hosts.ts'
import { createPrompter } from './challenge.ts'
import type { Identity, Offer } from './identities.ts'
import { UnusableKey } from './key-file.ts'
import type { Ssh2 } from './load-ssh2.ts'

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
export function createLogin({ ssh2, settings, offer, limit, fail }: LoginScene): Login {
  const problems: UnusableKey[] = [...offer.problems]
  const offered: Identity[] = []
  const waiting = [...offer.identities]
  const username = settings.user
  /** the last request was for the methods that are left */
  let isAsking = false
  /** the host asked for a signature, so it takes the key: if that was not all, more keys are of no use */
  let isKeyTaken = false
  let refusal: string | undefined
  let methods: readonly string[] | undefined

  const nextIdentity = async (): Promise<BaseAgent | undefined> => {
    for (let identity = waiting.shift(); identity; identity = waiting.shift()) {
      const { unlock } = identity
      try {
        const publicKey = identity.publicKey ?? (await limit.hold(unlock))
        offered.push(identity)
        return new OneKey(publicKey, identity)
      } catch (error) {
        problems.push(asProblem(error, identity))
      }
    }
    return undefined
  }

  // To ssh2 each key is an agent with this one key: so it asks the host first, and a signature may take its time.
  class OneKey extends ssh2.BaseAgent {
    readonly #publicKey: ParsedKey
    readonly #identity: Identity

    constructor(publicKey: ParsedKey, identity: Identity) {
      super()
      this.#publicKey = publicKey
      this.#identity = identity
    }

    getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(undefined, [this.#publicKey])
    }

    sign(
      _key: unknown,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      const done = typeof options === 'function' ? options : callback
      const identity = this.#identity
      const { hash } = typeof options === 'function' ? {} : options
      const sign = async () => {
        // RFC 8332: it did not say that it takes better ones
        if (this.#publicKey.type === 'ssh-rsa' && (hash === undefined || hash === 'sha1')) {
          throw new UnusableKey(
            `the host takes an RSA key with SHA-1 alone, which shipit does not sign with: ${describeIdentity(identity)}`,
            'Make a key of another type, and have it added there: `ssh-keygen -t ed25519`.',
          )
        }
        await limit.hold(identity.unlock)
        const signature = await limit.hold(() =>
          identity.sign(data, typeof options === 'function' ? {} : options),
        )
        isKeyTaken = true
        return signature
      }
      sign()
        .then(
          (signature) => done?.(undefined, signature),
          (error) => {
            problems.push(asProblem(error, identity))
            done?.(error)
          },
        )
        .catch(fail)
    }
  }

  let tries = 0
  const nextPrompt = () => {
    const { answerChallenge } = offer
    tries += 1
    if (!answerChallenge) refusal = 'there is no terminal to answer at'
    else if (tries > 1) refusal = 'it did not take the answer'
    if (!answerChallenge || tries > MAX_TRIES) return undefined
    const giveUp = (why: string) => {
      refusal = why
      const where = `${settings.address}:${settings.port}`
      fail(explainLogin({ settings, where, offered, problems, methods, said: undefined, refusal }))
    }
    return createPrompter({ host: settings.name, answer: answerChallenge, limit, giveUp })
  }

  return {
    describeKey: () => describeIdentity(offered.at(-1)),
    authHandler(methodsLeft, _partial, next) {
      if (isAsking) {
        methods = methodsLeft ?? []
        // a second key is wanted, or the signature was no good
        if (methods.includes('publickey')) isKeyTaken = false
        isAsking = false
      }
      const goOn = async () => {
        const agent = isKeyTaken ? undefined : await nextIdentity()
        if (agent) {
          methods = undefined
          return next({ type: 'agent', username, agent })
        }
        if (!methods) {
          // ssh2 forgets what a host answers to an agent's key; to this request it answers by what one could log in.
          isAsking = true
          return next({ type: 'none', username })
        }
        const prompt = isKeyTaken && methods.includes('keyboard-interactive') ? nextPrompt() : undefined
        if (prompt) return next({ type: 'keyboard-interactive', username, prompt })
        next(false as never)
      }
      goOn().catch(fail)
    },
    explain: (where, said) => explainLogin({ settings, where, offered, problems, methods, said, refusal }),
  }
}

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
  return new UnusableKey(`the key ${key} gave no signature: ${(error as Error).message}`)
}

type FailedLogin = {
  settings: HostSettings
  where: string
  offered: readonly Identity[]
  problems: readonly UnusableKey[]
  methods: readonly string[] | undefined
  said: string | undefined
  /** why nothing came of what the host asked for after the key */
  refusal: string | undefined
}

function explainLogin({
  settings,
  where,
  offered,
  problems,
  methods,
  said,
  refusal,
}: FailedLogin): LoginError {
  const why = [whyNot(offered, methods, refusal), ...problems.map(({ message }) => message)]
  if (said) why.push(`the host says '${cleanQuote(said)}'`)
  const suggestions = [
    ...problems.flatMap(({ suggestion }) => suggestion ?? []),
    ...(offered.length === 0 && problems.length === 0 ? NO_KEY : []),
    `To see the host's answer to each key: \`${sshCommand(settings)}\`.`,
    ...(offered.length > 0
      ? [`Ask the administrator of '${settings.name}' to let one of these keys log in as '${settings.user}'.`]
      : []),
  ]
  if (said && /too many/i.test(said)) {
    suggestions.unshift(
      settings.isIdentityNamed
        ? `The key of '${settings.identityFiles[0]}', which the config names, was offered first: it is not a key of '${settings.user}'.`
        : "Name the right key, so that it is offered first: `ssh: { identityFile: '~/.ssh/NAME' }` in the config. The public key is enough if the agent has the private one; `ssh-add -l` lists what the agent has.",
    )
  }
  return new LoginError(
    `login as '${settings.user}' on '${settings.name}' (${where}) failed: ${why.join('; ')}`,
    {
      suggestions: [...new Set(suggestions)],
      details: {
        user: settings.user,
        address: settings.address,
        agentKeys: offered.filter(({ source }) => 'agent' in source).length,
        files: offered.flatMap(({ source }) => ('file' in source ? source.file : [])),
      },
    },
  )
}

/** Neither an agent nor a file. */
const NO_KEY = [
  'Make one: `ssh-keygen -t ed25519`, and give its public half to the administrator.',
  "Or start your agent: `ssh-add -l` lists its keys. Or name the file: `ssh: { identityFile: '~/.ssh/NAME' }` in the config.",
]

function whyNot(
  offered: readonly Identity[],
  methods: readonly string[] | undefined,
  refusal: string | undefined,
): string {
  const others = cleanQuote(methods?.filter((method) => method !== 'publickey').join(', ') ?? '')
  if (refusal !== undefined) return `it took the key, and asks for more (${others}): ${refusal}`
  const byKey = methods === undefined || methods.includes('publickey')
  if (!byKey && offered.length > 0)
    return `besides a key it requires what shipit can't do (${others || 'nothing'})`
  if (!byKey) return `it accepts no keys (${others || 'nothing'})`
  if (offered.length === 0) return 'no key to log in with'
  return `the host accepted none of the keys (${listKeys(offered)})`
}

/** `2 of the agent, '/home/alice/.ssh/id_rsa'` */
function listKeys(offered: readonly Identity[]): string {
  const ofAgent = offered.filter(({ source }) => 'agent' in source).length
  const files = offered.flatMap(({ source }) => ('file' in source ? `'${source.file}'` : []))
  return [...(ofAgent > 0 ? [`${ofAgent} of the agent`] : []), ...files].join(', ')
}
