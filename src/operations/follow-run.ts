// Follows one run on one host to its outcome, whatever happens to the connection: a run belongs to its host, and what was
// not seen of its log is asked for from the byte where the link broke.
import { setTimeout } from 'node:timers/promises'
import {
  CancelledError,
  ConnectionError,
  ProtocolError,
  ShipitError,
  UnknownVerdictError,
} from '../errors.ts'
import type { EventOf, PlannedStep } from '../protocol/event.ts'
import { nameCommand } from '../protocol/name-command.ts'
import type { HostOutcome, Show } from '../protocol/progress.ts'
import type { AttachRequest, DeployRequest, Request, RollbackRequest } from '../protocol/request.ts'
import { type Answer, type Callee, callGate } from '../ssh/call-gate.ts'
import type { Connection, Take } from '../ssh/open-connection.ts'
import { HostVerdict } from './host-verdict.ts'

/** A host, and how to get a connection to it. */
export type Target = Callee & { origin?: string; open: () => Promise<Connection> }

/** The run to follow, and how it is begun or found. */
export type Work = {
  request: DeployRequest | RollbackRequest | AttachRequest
  /** the recipe's steps, with those marked that the flags leave out; for a run of somebody else they are not known */
  steps?: readonly PlannedStep[]
  /** where the steps of that recipe write, by name */
  writes?: ReadonlyMap<string, string>
  /** the name of the step that brings the commit; 'git' if not given */
  gitStep?: string
  /** what the run was asked for, where `request` does not say it: for who goes on watching a run of their own */
  asked?: DeployRequest | RollbackRequest
}

export type FollowOptions = {
  /** leave the run: it goes on */
  signal?: AbortSignal
  /** how long to ask again while another run holds the lock; not at all by default */
  waitMs?: number
  /** before a lost connection is opened again for the first time; doubles with each try */
  retryMs?: number
}

const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 10_000
/** A laptop sleeps for an hour, a host boots for minutes: after this long without a word nobody waits any more. */
const SILENCE_LIMIT_MS = 30 * 60_000
/** A follower that ends without a word, so often in a row, on a connection that lives: something is wrong there. */
const EMPTY_ANSWERS = 5
/** A host that can be logged in to and never answers, so often: it will not do better soon. */
const FIRST_CALLS = 3
const WAIT_MS = { least: 500, spread: 1500 }

/** Follows the run to its end. Failures are in the outcome and are not thrown. */
export async function followRun(
  target: Target,
  work: Work,
  show: Show,
  options: FollowOptions = {},
): Promise<HostOutcome> {
  const follower = new Follower(target, work, show, options)
  try {
    return await follower.follow()
  } catch (error) {
    if (error instanceof ShipitError) return { ...follower.seen, host: target.host, error }
    throw error
  } finally {
    follower.close()
  }
}

class Follower {
  readonly #target: Target
  readonly #work: Work
  readonly #show: Show
  readonly #options: FollowOptions
  readonly #verdict: HostVerdict
  #connection: Connection | undefined
  /** the token of the run's events, once a hello named it */
  #token: string | undefined
  /** bytes of the log that were taken in */
  #offset: number
  #lastWord = Date.now()
  #emptyAnswers = 0
  #silentCalls = 0
  readonly #waitUntil: number

  constructor(target: Target, work: Work, show: Show, options: FollowOptions) {
    this.#target = target
    this.#work = work
    this.#show = show
    this.#options = options
    this.#offset = work.request.verb === 'attach' ? (work.request.offset ?? 0) : 0
    this.#waitUntil = Date.now() + (options.waitMs ?? 0)
    this.#verdict = new HostVerdict({ ...target, ...work, request: work.asked ?? work.request })
    options.signal?.addEventListener('abort', () => this.close(), { once: true })
  }

  /** What was seen of the run so far. */
  get seen(): Pick<HostOutcome, 'run' | 'commit'> {
    return this.#verdict.seen
  }

  close(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  /** Only the run's events and output wait for a slow reader: the work before them does not. */
  async follow(): Promise<HostOutcome> {
    const { host } = this.#target
    void this.#show({ host, type: 'connecting' })
    this.#connection = await this.#target.open()
    void this.#show({ host, type: 'connected' })
    const firstRetryMs = this.#options.retryMs ?? FIRST_RETRY_MS
    for (let retryMs = firstRetryMs; ; ) {
      this.#leaveIfAsked()
      const answered = await this.#call()
      if (answered === 'ended') return this.#verdict.end()
      this.#leaveIfAsked()
      if (answered === 'locked') {
        await this.#pause(WAIT_MS.least + Math.random() * WAIT_MS.spread)
        continue
      }
      if (answered === 'something') retryMs = firstRetryMs
      this.close()
      void this.#show({ host, type: 'lost', retryMs })
      await this.#pause(retryMs)
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
      await this.#reconnect()
    }
  }

  /** Sends the request, or what asks for the rest of its log, and takes the answer in. */
  async #call(): Promise<'ended' | 'locked' | 'something' | 'nothing'> {
    const connection = this.#connection
    if (!connection) return 'nothing'
    const before = this.#offset
    try {
      const end = await callGate(connection, this.#request(), this.#target, (answer) => this.#take(answer))
      if (!end) return this.#verdict.settled ? 'ended' : 'locked'
      if (!end.lost) this.#countEmpty(before)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#countSilent(error)
    }
    return this.#offset > before ? 'something' : 'nothing'
  }

  #request(): Request {
    const { request } = this.#work
    if (this.#token === undefined) return request
    return { verb: 'attach', run: request.run, app: request.app, offset: this.#offset }
  }

  /** The outcome is the end: what the host does afterwards is not waited for. */
  #take(answer: Answer): ReturnType<Take<Answer>> {
    const { host } = this.#target
    this.#lastWord = Date.now()
    this.#silentCalls = 0
    if (answer.type === 'output') {
      this.#offset += answer.size
      return this.#show({ host, type: 'output', bytes: answer.bytes })
    }
    const { event, from } = answer
    if (event.event === 'hello') return this.#takeHello(event)
    if (event.event === 'refused' && from === 'request' && this.#mayWait(event)) {
      void this.#show({ host, type: 'waiting', ...(event.holder ? { holder: event.holder } : {}) })
      return 'enough'
    }
    if (from === 'run') this.#offset += answer.size
    this.#verdict.take(event, from)
    const shown = this.#show({ host, type: 'event', event })
    return this.#verdict.settled ? 'enough' : shown
  }

  #takeHello(event: EventOf<'hello'>): undefined {
    const again = this.#token !== undefined
    const isOther = event.token !== this.#token || event.offset !== this.#offset
    if (again && event.token !== undefined && isOther) {
      throw new ProtocolError(
        `'${this.#target.host}' answered for another run, or from another place in its log`,
      )
    }
    this.#token ??= event.token
    if (!again) void this.#show({ host: this.#target.host, type: 'event', event })
    return undefined
  }

  #mayWait(event: EventOf<'refused'>): boolean {
    return event.reason === 'locked' && Date.now() < this.#waitUntil
  }

  #countEmpty(before: number): void {
    this.#emptyAnswers = this.#offset > before ? 0 : this.#emptyAnswers + 1
    if (this.#emptyAnswers >= EMPTY_ANSWERS)
      throw this.#unknown(`'${this.#target.host}' does not tell how the run goes`)
  }

  /** Before the first answer nothing is known to go on, and a few calls are enough. */
  #countSilent(error: ConnectionError): void {
    this.#silentCalls += 1
    if (this.#token === undefined && this.#silentCalls >= FIRST_CALLS) throw error
    this.#giveUpAfterLong(error)
  }

  #giveUpAfterLong(error: ConnectionError): void {
    if (Date.now() - this.#lastWord <= SILENCE_LIMIT_MS) return
    const minutes = SILENCE_LIMIT_MS / 60_000
    throw this.#unknown(`'${this.#target.host}' has not been heard of for ${minutes} minutes`, error)
  }

  async #reconnect(): Promise<void> {
    try {
      this.#connection = await this.#target.open()
      this.#leaveIfAsked()
      void this.#show({ host: this.#target.host, type: 'connected' })
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#giveUpAfterLong(error)
    }
  }

  #unknown(message: string, cause?: unknown): UnknownVerdictError {
    return new UnknownVerdictError(message, {
      cause,
      details: { run: this.#work.request.run },
      suggestions: [`Ask the host how it went: ${nameCommand('status', this.#target.environment)}`],
    })
  }

  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#options.signal }).catch(() => {})
  }

  #leaveIfAsked(): void {
    if (this.#options.signal?.aborted)
      throw new CancelledError(`left the run on '${this.#target.host}': it goes on`)
  }
}
