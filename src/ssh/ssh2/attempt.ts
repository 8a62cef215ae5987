// One attempt to get through to one host by ssh2: its key is checked, then the login, and everything together has one time limit.
import { isIPv6, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { ConnectionError, type HostKeyError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { Connection } from '../connection/connection.ts'
import type { RemoteProcess } from '../connection/remote-process.ts'
import { TimeLimit } from '../connection/time-limit.ts'
import { isTurnedAway } from '../connection/turned-away.ts'
import { explainConnecting, type Stage } from '../explain/explain-connecting.ts'
import type { Offer } from '../keys/identities.ts'
import type { Ssh2 } from '../keys/load-ssh2.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { describeKey } from '../trust/explain-host-key.ts'
import type { HostKeyCheck } from '../trust/host-key.ts'
import { type ShownBytes, type ShownKey, shownKey } from '../trust/known-hosts.ts'
import { Breath } from './breath.ts'
import { forward } from './forward.ts'
import { Greeting } from './greeting.ts'
import { createLogin, type Login } from './log-in.ts'
import { offerAlgorithms } from './offer-algorithms.ts'
import { startRemoteProcess } from './start-process.ts'
import { attempt, createEmptyAgent } from './try-forbidden.ts'

const KEEPALIVE_MS = 10_000
const KEEPALIVE_COUNT = 3
/** How long a goodbye may take. */
const CLOSE_LIMIT_MS = 500
const BANNER_BYTES = 512

const breath = new Breath()

/** What one attempt needs. */
export type ToAttempt = {
  ssh2: Ssh2
  settings: HostSettings
  hostKey: Pick<HostKeyCheck, 'algorithms' | 'knownBy'> & {
    refuse: (key: ShownBytes, where: string) => HostKeyError | undefined
  }
  offer: Offer
  stream: Duplex
}

type Ssh2Error = Error & { level?: string; code?: unknown }

/** One attempt to log in. Nothing is sent to a host whose key is refused. */
export class Attempt {
  readonly result: Promise<Connection>
  readonly #settings: HostSettings
  readonly #hostKey: ToAttempt['hostKey']
  readonly #login: Login
  readonly #limit: TimeLimit
  readonly #stream: Duplex
  readonly #client: Client
  readonly #ssh2: Ssh2
  #stage: Stage = 'connect'
  #ip: string | undefined
  readonly #greeting = new Greeting()
  /** the last one: a host may say in it why it will not let anybody in (/etc/nologin, an account that has expired) */
  #banner = ''
  #serverKey: ShownKey | undefined
  #connectBegan = performance.now()
  #roundTripMs = 0
  #expired = false
  #settle: { resolve: (connection: Connection) => void; reject: (error: Error) => void }

  constructor({ ssh2, settings, hostKey, offer, stream }: ToAttempt) {
    this.#settings = settings
    this.#hostKey = hostKey
    const { promise, ...settle } = Promise.withResolvers<Connection>()
    this.result = promise
    this.#settle = settle
    this.#stream = stream
    this.#watchStream()
    this.#ssh2 = ssh2
    this.#client = new ssh2.Client()
    this.#limit = new TimeLimit(settings.connectTimeoutMs, () => {
      this.#expired = true
      this.#fail(this.#explain({ timedOut: true }))
    })
    const fail = (error: Error) => this.#fail(error)
    this.#login = createLogin({ ssh2, settings, offer, limit: this.#limit, fail })
    try {
      this.#start()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** The host took the connection and closed it before it said who it is. */
  get wasTurnedAway(): boolean {
    return this.#stage === 'greeting' && !this.#expired && isTurnedAway(this.#greeting.text)
  }

  #watchStream(): void {
    const stream = this.#stream
    if (!(stream instanceof Socket)) {
      this.#stage = 'greeting'
      return
    }
    stream.on('connectionAttempt', (ip) => {
      this.#ip = ip
      this.#connectBegan = performance.now()
    })
    stream.on('connect', () => {
      this.#ip = stream.remoteAddress ?? this.#ip
      this.#roundTripMs = performance.now() - this.#connectBegan
      this.#stage = 'greeting'
    })
  }

  #start(): void {
    const client = this.#client
    // ssh2 emits more errors after the first, and without a listener each would end the process.
    client.on('error', (error: Ssh2Error) => {
      // it was there before it was reset
      if (this.#stage === 'connect' && error.code === 'ECONNRESET') this.#stage = 'greeting'
      if (error.level !== 'agent') this.#fail(this.#explain({ error }))
    })
    client.on('close', () => this.#fail(this.#explain({})))
    client.on('banner', (text: string) => {
      this.#banner = text.slice(0, BANNER_BYTES)
    })
    client.on('handshake', () => {
      this.#stage = 'login'
    })
    client.on('ready', () => this.#succeed())
    const { user, keepalive, algorithms } = this.#settings
    this.#stream.on('data', this.#onGreeting)
    breath.join(this.#stream)
    client.connect({
      sock: this.#stream as Socket,
      username: user,
      algorithms: offerAlgorithms(algorithms, this.#hostKey.algorithms),
      hostVerifier: (key: Buffer) => this.#checkHostKey(key),
      authHandler: (methods, partial, next) => {
        if (this.#serverKey) this.#login.authHandler(methods, partial, next)
        else this.#fail(new Error('a login was about to start before the check of the host key'))
      },
      agent: createEmptyAgent(this.#ssh2),
      readyTimeout: 0,
      keepaliveInterval: keepalive?.intervalMs ?? KEEPALIVE_MS,
      keepaliveCountMax: keepalive?.count ?? KEEPALIVE_COUNT,
    })
  }

  readonly #onGreeting = (bytes: Buffer): void => {
    const enough = this.#greeting.take(bytes)
    if (this.#stage === 'greeting' && this.#greeting.isSsh) this.#stage = 'handshake'
    if (enough) this.#stream.off('data', this.#onGreeting)
  }

  #checkHostKey(key: Buffer): boolean {
    const shown = { ...shownKey(key), bytes: key }
    const refusal: HostKeyError | undefined = this.#hostKey.refuse(shown, this.#where)
    if (refusal) this.#fail(refusal)
    else this.#serverKey = shown
    return !refusal
  }

  get #where(): string {
    const ip = this.#ip ?? this.#settings.address
    return isIPv6(ip) ? `[${ip}]:${this.#settings.port}` : `${ip}:${this.#settings.port}`
  }

  #explain(what: { error?: Ssh2Error; timedOut?: true }): ConnectionError {
    const { error } = what
    if (error?.level === 'client-authentication') return this.#login.explain(this.#where)
    // A number is the reason of an SSH disconnect, and the message is the host's.
    if (this.#stage === 'login' && typeof error?.code === 'number') {
      return this.#login.explain(this.#where, error.message)
    }
    return explainConnecting({
      ...what,
      settings: this.#settings,
      where: this.#where,
      stage: this.#stage,
      banner: this.#banner,
      greeting: this.#greeting.text,
      offered: this.#greeting.offered,
    })
  }

  #succeed(): void {
    this.#limit.end()
    const serverKey = this.#serverKey ?? { type: '', fingerprint: '' }
    this.#settle.resolve({
      facts: {
        where: this.#where,
        transport: 'ssh2, in this process',
        user: this.#settings.user,
        key: this.#login.describeKey(),
        hostKey: describeKey(serverKey),
        hostKeyKnownBy: this.#hostKey.knownBy(serverKey),
        roundTripMs: this.#roundTripMs,
      },
      serverKey: serverKey.fingerprint,
      exec: (command, stdin) => this.#exec(command, stdin),
      attempt: (kind) => attempt(this.#client, kind),
      forward: (address, port) =>
        forward(this.#client, { address, port, limitMs: this.#settings.connectTimeoutMs }),
      close: () => this.#close(),
    })
  }

  /** The first call counts; after the login there is nobody left to tell. */
  #fail(error: Error): void {
    this.#limit.end()
    this.#settle.reject(error)
    this.#stream.destroy()
  }

  async #exec(command: string, stdin?: 'open'): Promise<RemoteProcess> {
    const { name, connectTimeoutMs } = this.#settings
    const { promise: late, reject } = Promise.withResolvers<never>()
    const limit = new TimeLimit(connectTimeoutMs, () => {
      reject(new Error(`no answer within ${connectTimeoutMs / 1000} s`))
      this.#stream.destroy()
    })
    try {
      return await Promise.race([startRemoteProcess(this.#client, this.#stream, command, stdin), late])
    } catch (error) {
      const said = cleanQuote((error as Error).message)
      throw new ConnectionError(`'${name}' (${this.#where}) did not start the command: ${said}`, {
        cause: error,
      })
    } finally {
      limit.end()
    }
  }

  #close(): void {
    this.#client.end()
    this.#stream.end()
    setTimeout(() => this.#stream.destroy(), CLOSE_LIMIT_MS).unref()
  }
}
