// One connection to one host: reached, its key checked, logged in. Nothing is sent to a host whose key is not trusted, and
// everything together has one time limit.

import { connect, isIPv6, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { defined } from '../defined.ts'
import { ConnectionError, type HostKeyError } from '../errors.ts'
import { cleanQuote } from '../safe-text/clean-text.ts'
import type { Connection } from './connection/connection.ts'
import type { RemoteProcess } from './connection/remote-process.ts'
import { TimeLimit } from './connection/time-limit.ts'
import type { HostSettings } from './settings/resolve-settings.ts'
import { comeAgain, isTurnedAway } from './ssh2/come-again.ts'
import { explainConnecting, type Stage } from './ssh2/explain-connecting.ts'
import { forward } from './ssh2/forward.ts'
import { Greeting } from './ssh2/greeting.ts'
import type { Identities, Offer } from './ssh2/identities.ts'
import { loadSsh2, type Ssh2 } from './ssh2/load-ssh2.ts'
import { createLogin, type Login } from './ssh2/log-in.ts'
import { offerAlgorithms } from './ssh2/offer-algorithms.ts'
import { startRemoteProcess } from './ssh2/start-process.ts'
import { attempt, createEmptyAgent } from './ssh2/try-forbidden.ts'
import { type HostKeyCheck, loadHostKeyCheck } from './trust/host-key.ts'
import { fingerprint, keyType } from './trust/known-hosts.ts'

const KEEPALIVE_MS = 10_000
const KEEPALIVE_COUNT = 3
/** Where a name has several addresses: how long one may take before the next is tried. */
const ADDRESS_LIMIT_MS = 1000
/** How long a goodbye may take. */
const CLOSE_LIMIT_MS = 500
const BANNER_BYTES = 512

/**
 * Opens a connection: TCP, the host's key, login by agent and key files.
 * @param identities of the whole command: `createIdentities`
 * @param openWay gives the stream to the host's sshd, for each attempt a new one; a TCP connection by default
 * @throws ConnectionError when the host can't be reached or logged in to within `connectTimeoutMs`
 * @throws HostKeyError when its key is not known, has changed or is revoked: then no login was tried
 * @throws ConfigError when a key file or a known_hosts file can't be read
 */
export async function openConnection(
  settings: HostSettings,
  identities: Identities,
  openWay: () => Duplex | Promise<Duplex> = () => openSocket(settings),
): Promise<Connection> {
  const [ssh2, hostKey, offer] = await Promise.all([
    loadSsh2(),
    loadHostKeyCheck(settings),
    identities.offerTo(settings),
  ])
  return comeAgain(
    async () => new Attempt({ ssh2, settings, hostKey, offer, stream: await openWay() }),
    settings.connectTimeoutMs,
  )
}

function openSocket({ address, port, connectTimeoutMs, family, localAddress }: HostSettings): Socket {
  const autoSelectFamilyAttemptTimeout = Math.ceil(
    Math.min(ADDRESS_LIMIT_MS, Math.max(10, connectTimeoutMs / 4)),
  )
  // Without noDelay every login waits twice for a delayed acknowledgement, 40 ms each.
  return connect({
    host: address,
    port,
    noDelay: true,
    autoSelectFamilyAttemptTimeout,
    ...defined({ family, localAddress }),
  })
}

type ToAttempt = {
  ssh2: Ssh2
  settings: HostSettings
  hostKey: HostKeyCheck
  offer: Offer
  stream: Duplex
}

type Ssh2Error = Error & { level?: string; code?: unknown }

class Attempt {
  readonly result: Promise<Connection>
  readonly #settings: HostSettings
  readonly #hostKey: HostKeyCheck
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
  #serverKey: Buffer | undefined
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
    this.#stream.on('data', this.#onGreeting)
  }

  readonly #onGreeting = (bytes: Buffer): void => {
    const enough = this.#greeting.take(bytes)
    if (this.#stage === 'greeting' && this.#greeting.isSsh) this.#stage = 'handshake'
    if (enough) this.#stream.off('data', this.#onGreeting)
  }

  #checkHostKey(key: Buffer): boolean {
    const refusal: HostKeyError | undefined = this.#hostKey.refuse(key, this.#where)
    if (refusal) this.#fail(refusal)
    else this.#serverKey = key
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
    const serverKey = this.#serverKey ?? Buffer.alloc(0)
    this.#settle.resolve({
      facts: {
        where: this.#where,
        transport: 'ssh2, in this process',
        user: this.#settings.user,
        key: this.#login.describeKey(),
        hostKey: `${keyType(serverKey)} ${fingerprint(serverKey)}`,
        hostKeyKnownBy: this.#hostKey.knownBy(serverKey),
        roundTripMs: this.#roundTripMs,
      },
      serverKey: fingerprint(serverKey),
      exec: (command) => this.#exec(command),
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

  async #exec(command: string): Promise<RemoteProcess> {
    const { name, connectTimeoutMs } = this.#settings
    const { promise: late, reject } = Promise.withResolvers<never>()
    const limit = new TimeLimit(connectTimeoutMs, () => {
      reject(new Error(`no answer within ${connectTimeoutMs / 1000} s`))
      this.#stream.destroy()
    })
    try {
      return await Promise.race([startRemoteProcess(this.#client, this.#stream, command), late])
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
