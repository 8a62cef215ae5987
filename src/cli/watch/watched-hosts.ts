// How far each host of a run is that somebody watches: where it has begun and ended, and who has answered to a cancel.
import type { Work } from '../../operations/run/work.ts'
import type { Progress } from '../../results/progress.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { nameCommand } from '../../words/command.ts'
import type { LastWords } from './last-words.ts'

/** How long the hosts have to answer a cancel once the person leaves: GitHub kills a job 2.5 s after its second signal. */
const LAST_ANSWER_MS = 2000

/** What is known of each host of a run, and what that means if the person leaves. */
export class WatchedHosts {
  readonly #hosts: readonly string[]
  readonly #begun = new Set<string>()
  readonly #ended = new Set<string>()
  /** that have answered to a cancel, or need none */
  readonly #cancelled = new Set<string>()
  /** that were asked to end it, and answered or could not be reached */
  readonly #told = new Set<string>()
  #changed = () => {}

  constructor(hosts: readonly string[]) {
    this.#hosts = hosts
  }

  take(progress: Progress): void {
    const { host } = progress
    if (progress.type === 'event' && progress.event.event === 'run') this.#begun.add(host)
    if (progress.type === 'ended') this.#ended.add(host)
    if (progress.type === 'cancel' && progress.event) this.#cancelled.add(host)
    if (progress.type === 'cancel' || progress.type === 'ended') {
      this.#told.add(host)
      this.#changed()
    }
  }

  /** On any host. */
  get hasBegun(): boolean {
    return this.#begun.size > 0
  }

  /** All of them, so that there is nothing left to leave. */
  get haveEnded(): boolean {
    return this.#ended.size === this.#hosts.length
  }

  /** For a person who leaves: waits a little until each host was told to end the run, or until they press once more. */
  async answeredOr(press: Promise<unknown>): Promise<void> {
    await this.answered(LAST_ANSWER_MS, press)
  }

  /** Waits until each host was told to end the run, but not for long, and no longer than for `press`. */
  async answered(limitMs: number, press?: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    void press?.then(() => resolve())
    const timer = setTimeout(resolve, limitMs)
    this.#changed = () => {
      if (this.#told.size === this.#hosts.length) resolve()
    }
    this.#changed()
    await promise
    clearTimeout(timer)
  }

  /** Says what becomes of a run that is left, and how to come back to it. */
  leftWords(
    { run, verb }: Work['request'],
    environment: string | undefined,
    isCancelled: boolean,
  ): LastWords {
    const command = (words: string) => nameCommand(words, environment)
    const open = this.#hosts.filter((host) => !this.#ended.has(host))
    const isFound = verb === 'attach'
    const running = open.filter((host) => isFound || this.#begun.has(host))
    const unknown = open.filter((host) => !running.includes(host))
    const untold = isCancelled ? open.filter((host) => !this.#cancelled.has(host)) : []
    const where = open.length === running.length ? '' : ` on ${foldHosts(running)}`
    const what = isCancelled ? `run ${run} is being cancelled${where}` : `run ${run} continues${where}`
    return {
      words: [
        ...(running.length === 0 ? [] : [what]),
        ...(unknown.length === 0 ? [] : [`unknown whether run ${run} will start on ${foldHosts(unknown)}`]),
        ...(untold.length === 0 ? [] : [`${foldHosts(untold)} has not answered the cancel`]),
      ].join('; '),
      hints: [
        ...(untold.length === 0 ? [] : [`Cancel it again: ${command(`cancel --run ${run}`)}`]),
        ...(running.length === 0 ? [] : [`Watch it again: ${command(`attach --run ${run}`)}`]),
        ...(unknown.length === 0 ? [] : [`Check the status: ${command('status')}`]),
      ],
    }
  }
}
