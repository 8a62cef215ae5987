// Follows one run on one host to its outcome, whatever happens to the connection: a run belongs to its host, and what was
// not seen of its log is asked for from the place where the link broke.

import { defined } from '../../defined.ts'
import { CancelledError, ConnectionError, RefusedError, ShipitError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'
import type { Request } from '../../protocol/request.ts'
import type { HostOutcome, Show } from '../../results/progress.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { Take } from '../../ssh/connection/remote-process.ts'
import type { Answer } from '../../ssh/gate/answer-reader.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import type { Target } from '../explain/callee.ts'
import { cancelRun } from './cancel-run.ts'
import { HostSilence, lostSight } from './host-silence.ts'
import { HostVerdict } from './host-verdict.ts'
import { KnownRun } from './known-run.ts'
import { doUntil, nextPause, onAbort, openUntil, pauseUntil } from './until-stopped.ts'
import { type FollowOptions, requestOn, type Work } from './work.ts'

const FIRST_RETRY_MS = 250

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
    if (error instanceof ShipitError)
      return { ...follower.seen, host: target.host, error: follower.judge(error) }
    throw error
  } finally {
    follower.end()
  }
}

class Follower {
  readonly #target: Target
  readonly #show: Show
  readonly #retryMs: number
  readonly #verdict: HostVerdict
  /** what begins or finds the run on this host */
  readonly #first: Work['request']
  #connection: Connection | undefined
  /** a deploy that waits for the word, until it has it */
  #waiting: Target['waiting']
  /** a hello was shown: a request that waits for the lock is sent again and again */
  #isGreeted = false
  readonly #known: KnownRun
  readonly #silence: HostSilence
  /** until the host has said that the run has begun, or that it never will */
  #cancelling: Promise<void> | undefined
  /** the reason to stop sending and waiting */
  readonly #stop = new AbortController()

  constructor(target: Target, work: Work, show: Show, options: FollowOptions) {
    this.#target = target
    this.#show = show
    this.#waiting = target.waiting
    this.#retryMs = options.retryMs ?? FIRST_RETRY_MS
    this.#known = new KnownRun(work.request, options.waitMs)
    const shown = work.shownOn?.get(target.host)
    this.#verdict = new HostVerdict({ ...target, ...work, ...defined({ shown, waitedMs: options.waitMs }) })
    this.#silence = new HostSilence({ ...target, run: work.request.run })
    this.#first = requestOn(work, target.host)
    this.#stop.signal.addEventListener('abort', () => this.#close())
    onAbort(options.leave, () =>
      this.#stop.abort(new CancelledError(`stopped watching the run on '${target.host}': it keeps running`)),
    )
    onAbort(options.cancel, () => {
      this.#cancelling = this.#cancel().catch((error) => this.#stop.abort(error))
    })
  }

  /** What was seen of the run so far. */
  get seen(): Pick<HostOutcome, 'run' | 'commit'> {
    return this.#verdict.seen
  }

  end = (): void => this.#stop.abort()

  /** What an error says of the run. */
  judge(error: ShipitError): ShipitError {
    return this.#known.hasBegun || this.#known.isUnanswered
      ? lostSight(error, { ...this.#target, run: this.#first.run })
      : error
  }

  /** Only the run's events and output wait for a slow reader: the work before them does not. */
  async follow(): Promise<HostOutcome> {
    const { host } = this.#target
    this.#connection = this.#target.opened
    // a signal that has come already is heard first
    await Promise.resolve()
    this.#stop.signal.throwIfAborted()
    if (!this.#target.opened) void this.#show({ host, type: 'connecting' })
    this.#connection ??= await openUntil(this.#target, this.#show, this.#stop.signal)
    for (let retryMs = this.#retryMs; ; ) {
      const answered = await this.#call()
      if (answered === 'ended') return this.#end()
      this.#stop.signal.throwIfAborted()
      if (answered === 'locked') {
        await pauseUntil(this.#known.wait.pauseMs, this.#stop.signal)
        continue
      }
      if (answered === 'something') retryMs = this.#retryMs
      this.#close()
      void this.#show({ host, type: 'lost', retryMs, begun: this.#known.hasBegun })
      await pauseUntil(retryMs, this.#stop.signal)
      retryMs = nextPause(retryMs)
      await this.#reconnect()
    }
  }

  /** A refusal that comes after the run has begun says nothing of how that ended. */
  #end(): HostOutcome {
    const ended = this.#verdict.end()
    return ended.error && !ended.outcome ? { ...ended, error: this.judge(ended.error) } : ended
  }

  /** Sends the request, or what asks for the rest of its log, and takes the answer in. */
  async #call(): Promise<'ended' | 'locked' | 'something' | 'nothing'> {
    if (!this.#connection) return 'nothing'
    const request = await this.#request()
    const connection = this.#connection
    if (!request || !connection) return request ? 'nothing' : 'ended'
    const { place } = this.#known
    const before = place.size
    this.#known.send(request)
    try {
      const on = (request.verb === 'deploy' && this.#waiting) || connection
      this.#waiting = undefined
      const end = await callGate(on, request, this.#target, (answer) => this.#take(answer, request))
      if (end?.isUnbegun) return this.#call()
      if (!end) return this.#verdict.settled ? 'ended' : 'locked'
      if (!end.lost) this.#silence.countAnswer(place.size > before)
      this.#silence.begin()
    } catch (error) {
      this.#known.fail(request, error)
      const { hasBegun, isUnanswered: mayHaveBegun } = this.#known
      if ((hasBegun || mayHaveBegun) && error instanceof RefusedError) this.#silence.countRefusal(error)
      else if (error instanceof ConnectionError)
        this.#silence.countCall(error, { isFirst: !hasBegun, mayHaveBegun })
      else throw error
    }
    return place.size > before ? 'something' : 'nothing'
  }

  /** What to send now; nothing when there is nothing left to ask. */
  async #request(): Promise<Request | undefined> {
    const request = this.#first
    const attach = { verb: 'attach', run: request.run, app: request.app, ...this.#known.place.next } as const
    if (this.#known.hasBegun) return attach
    // a run that was cancelled is no longer started
    if (this.#cancelling !== undefined) {
      await doUntil(this.#cancelling, this.#stop.signal)
      return attach
    }
    // nor one that has waited long enough, since the link was lost: whether it has begun is asked, where that is not known
    const { isOver, locked } = this.#known.wait
    if (!isOver || !locked) return this.#known.wait.ask(request)
    if (this.#known.mayHaveBegun) return attach
    this.#refuse(locked)
    return undefined
  }

  /** The outcome is the end: what the host does afterwards is not waited for. */
  #take(answer: Answer, request: Request): ReturnType<Take<Answer>> {
    const { host } = this.#target
    this.#silence.end()
    if (answer.type === 'output') {
      this.#known.place.takeOutput(answer.bytes)
      return this.#show({ host, type: 'output', bytes: answer.bytes })
    }
    this.#known.place.takeEvent()
    if (answer.type === 'unknown') return undefined
    const { event } = answer
    if (event.event === 'hello') return this.#takeHello(event)
    if (event.event === 'refused' && !this.#known.place.isInLog) return this.#takeRefusal(event, request)
    this.#verdict.take(event)
    const shown = this.#show({ host, type: 'event', event })
    return this.#verdict.settled ? 'enough' : shown
  }

  #takeHello(event: EventOf<'hello'>): undefined {
    this.#known.takeHello(event, this.#target.host)
    this.#verdict.greet(event.user)
    if (!this.#isGreeted) void this.#show({ host: this.#target.host, type: 'event', event })
    this.#isGreeted = true
    return undefined
  }

  #takeRefusal(event: EventOf<'refused'>, request: Request): 'enough' {
    const { host } = this.#target
    if (this.#known.takeRefusal(event)) {
      void this.#show({ host, type: 'waiting', ...defined({ holder: event.holder, inLine: event.inLine }) })
      return 'enough'
    }
    // it was asked in place of a request that has waited long enough
    const isLate = request.verb === 'attach' && !this.#known.hasBegun
    this.#refuse((isLate && event.reason === 'unknown-run' && this.#known.wait.locked) || event)
    return 'enough'
  }

  #refuse(event: EventOf<'refused'>): void {
    this.#verdict.refuse(event)
    void this.#show({ host: this.#target.host, type: 'event', event })
  }

  /** Ends the run, as soon as its host can be asked to; where it has not begun it does not begin. */
  async #cancel(): Promise<void> {
    const { signal: stop } = this.#stop
    // one that was left, or has ended, is no longer followed
    if (stop.aborted) return
    const hasBegun = await cancelRun(this.#target, this.#first, {
      seen: () => this.#known.seen,
      giveUp: (error) => {
        // one that still follows the run hears how it ends
        if (!this.#connection) this.#silence.giveUpAfterLong(error)
      },
      show: this.#show,
      retryMs: this.#retryMs,
      stop,
    })
    if (!hasBegun)
      this.#stop.abort(new CancelledError(`the run on '${this.#target.host}' was cancelled before it began`))
  }

  async #reconnect(): Promise<void> {
    try {
      this.#connection = await openUntil(this.#target, this.#show, this.#stop.signal)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#silence.giveUpAfterLong(error)
    }
  }

  #close(): void {
    this.#connection?.close()
    this.#connection = undefined
  }
}
