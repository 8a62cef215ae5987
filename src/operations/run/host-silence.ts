// How long a host may say nothing before shipit stops waiting for it.
import { type ConnectionError, UnknownVerdictError } from '../../errors.ts'
import { nameCommand } from '../../words/command.ts'

/** A host boots for minutes: after this long without a word shipit stops waiting. A laptop's sleep does not count. */
const SILENCE_LIMIT_MS = 30 * 60_000
/** A follower that ends without a word, so often in a row, on a connection that lives: something is wrong there. */
const EMPTY_ANSWERS = 5
/** A host that can be logged in to and never answers, so often: it will not do better soon. */
const FIRST_CALLS = 3

export class HostSilence {
  readonly #about: { host: string; environment?: string; run: string }
  /** on a clock that stands while the machine sleeps */
  #since: number | undefined
  #emptyAnswers = 0
  #silentCalls = 0

  constructor(about: { host: string; environment?: string; run: string }) {
    this.#about = about
  }

  /** The host has said something. */
  end(): void {
    this.#since = undefined
    this.#silentCalls = 0
  }

  /** The host has stopped saying anything, if it had not before. */
  begin(): void {
    this.#since ??= performance.now()
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
   * @throws the error itself if it is, and a few calls were enough; UnknownVerdictError after long
   */
  countCall(error: ConnectionError, isFirst: boolean): void {
    this.#silentCalls += 1
    if (isFirst && this.#silentCalls >= FIRST_CALLS) throw error
    this.giveUpAfterLong(error)
  }

  /** @throws UnknownVerdictError */
  giveUpAfterLong(error: ConnectionError): void {
    this.begin()
    if (performance.now() - (this.#since ?? 0) <= SILENCE_LIMIT_MS) return
    const minutes = SILENCE_LIMIT_MS / 60_000
    throw this.#unknown(`nothing heard from '${this.#about.host}' for ${minutes} minutes`, error)
  }

  #unknown(message: string, cause?: unknown): UnknownVerdictError {
    return new UnknownVerdictError(message, {
      cause,
      details: { run: this.#about.run },
      suggestions: [`Ask the host how it went: ${nameCommand('status', this.#about.environment)}`],
    })
  }
}
