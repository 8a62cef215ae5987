// How long a host may say nothing before shipit stops waiting for it.
import { CancelledError, OutputError, type ShipitError, UnknownVerdictError } from '../../errors.ts'
import { nameCommand } from '../../words/command.ts'

/** A host boots for minutes: after this long without a word shipit stops waiting. A laptop's sleep does not count. */
const SILENCE_LIMIT_MS = 30 * 60_000
/** No try takes longer: what is more was sleep, which the clock of macOS counts. */
const LONGEST_TRY_MS = 2 * 60_000
/** sudo may refuse for a while after a boot, or while root installs. */
const REFUSED_LIMIT_MS = 2 * 60_000
/** A follower that ends without a word, so often in a row, on a connection that lives: something is wrong there. */
const EMPTY_ANSWERS = 5
/** A host that can be logged in to and never answers, so often: it will not do better soon. */
const FIRST_CALLS = 3

type About = { host: string; environment?: string; run: string }

/** What an error says of a run that had begun, and was followed: it tells why it is followed no more, and not how it went. */
export function lostSight(error: ShipitError, { host, environment, run }: About): ShipitError {
  if (error.isUnknown || error instanceof CancelledError || error instanceof OutputError) return error
  return new UnknownVerdictError(`lost sight of the run on '${host}': ${error.message}`, {
    cause: error,
    details: { ...error.details, run },
    suggestions: [askWords(environment), ...error.suggestions],
  })
}

function askWords(environment: string | undefined): string {
  return `Ask the host how it went: ${nameCommand('status', environment)}`
}

export class HostSilence {
  readonly #about: About
  /** of the last try, on a clock that nobody sets */
  #last: number | undefined
  #silentMs = 0
  /** of the last refusal, and how long there have been no other answers */
  #lastRefusal: number | undefined
  #refusedMs = 0
  #emptyAnswers = 0
  #silentCalls = 0

  constructor(about: About) {
    this.#about = about
  }

  /** The host has said something. */
  end(): void {
    this.#last = undefined
    this.#silentMs = 0
    this.#silentCalls = 0
    this.#endRefusals()
  }

  /** The host says nothing, now as well if it has not before. */
  begin(): void {
    const now = performance.now()
    this.#silentMs += Math.min(now - (this.#last ?? now), LONGEST_TRY_MS)
    this.#last = now
  }

  /** An answer came to its end on a connection that lives. @throws UnknownVerdictError if too many had nothing new */
  countAnswer(hadNews: boolean): void {
    this.#emptyAnswers = hadNews ? 0 : this.#emptyAnswers + 1
    if (this.#emptyAnswers >= EMPTY_ANSWERS)
      throw this.#unknown(`no news of the run from '${this.#about.host}'`)
  }

  /**
   * A call was not answered.
   * @param isFirst no run is known to be running there
   * @param mayHaveBegun one may have begun by this call
   * @throws if it is the first, and a few calls were enough, the error itself, or UnknownVerdictError; this one after long
   */
  countCall(
    error: ShipitError,
    { isFirst, mayHaveBegun }: { isFirst: boolean; mayHaveBegun: boolean },
  ): void {
    this.#silentCalls += 1
    if (isFirst && this.#silentCalls >= FIRST_CALLS)
      throw mayHaveBegun ? this.#unknown(error.message, error) : error
    this.giveUpAfterLong(error)
  }

  /** The host was reached, and let nobody ask. @throws the error itself after some minutes */
  countRefusal(error: ShipitError): void {
    const now = performance.now()
    this.#refusedMs += Math.min(now - (this.#lastRefusal ?? now), LONGEST_TRY_MS)
    this.#lastRefusal = now
    if (this.#refusedMs > REFUSED_LIMIT_MS) throw error
  }

  /** @throws UnknownVerdictError */
  giveUpAfterLong(error: ShipitError): void {
    this.#endRefusals()
    this.begin()
    if (this.#silentMs <= SILENCE_LIMIT_MS) return
    const minutes = SILENCE_LIMIT_MS / 60_000
    throw this.#unknown(`nothing heard from '${this.#about.host}' for ${minutes} minutes`, error)
  }

  #endRefusals(): void {
    this.#lastRefusal = undefined
    this.#refusedMs = 0
  }

  #unknown(message: string, cause?: unknown): UnknownVerdictError {
    return new UnknownVerdictError(message, {
      cause,
      details: { run: this.#about.run },
      suggestions: [askWords(this.#about.environment)],
    })
  }
}
