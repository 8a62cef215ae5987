// Shows a run to its end. The one place that knows what a signal means: who started the run may cancel it, who only looks
// leaves; the run itself belongs to its hosts in any case.

import type { Target } from '../../operations/explain/callee.ts'
import { type DeployOptions, deploy } from '../../operations/fleet/deploy.ts'
import type { Work } from '../../operations/run/work.ts'
import { type HostOutcome, isNotNeeded, type Progress } from '../../results/progress.ts'
import { chooseFace } from '../../ui/faces/choose-face.ts'
import type { FaceOptions } from '../../ui/faces/face.ts'
import { lostOutput } from '../../ui/output/lost-output.ts'
import { hintLines, say } from '../../ui/output/print-lines.ts'
import { askChoice, canAsk } from '../../ui/output/prompt.ts'
import { isStderrApart } from '../../ui/output/same-sink.ts'
import { type CancelWords, lastStepOf, sayCancel } from '../../ui/record/cancel-words.ts'
import { formatAnswers } from '../../ui/views/answers-view.ts'
import { nameCommand } from '../../words/command.ts'
import { notNeededWords } from '../../words/ending.ts'
import type { Notify } from '../notify/notify.ts'
import { showErrors } from '../print-answers.ts'
import { keepLastWords, type LastWords, sayLeft } from './last-words.ts'
import { QuietStart } from './quiet-start.ts'
import { abandon, Signals } from './signals.ts'
import { WatchedHosts } from './watched-hosts.ts'

/** How a run is shown, and what a signal does to it. */
export type Watch = {
  targets: readonly Target[]
  work: Work
  face: Pick<
    FaceOptions,
    'environment' | 'ref' | 'header' | 'steps' | 'writes' | 'flags' | 'ways' | 'format' | 'site' | 'verbose'
  >
  /** 'cancel' for the command that started the run */
  onSignal: 'cancel' | 'leave'
  /** the steps that root runs, which nobody can end */
  rootSteps: ReadonlySet<string>
  options?: Pick<DeployOptions, 'waitMs' | 'partial' | 'outdated' | 'changed' | 'refuse' | 'mustered'>
  /** sends others how it ended */
  notify?: Notify | undefined
  /** hosts that have not answered before, and why: they are shown as failed */
  silent?: readonly HostOutcome[]
  /** the start of the screen, when something was asked before it */
  start?: QuietStart
}

/** How long a person who has said cancel waits to be told what the hosts say, before the rows are painted again. */
const ANSWER_MS = 3000

/** @returns each host's outcome; nothing if the person left the run */
export async function watchRun(watch: Watch): Promise<readonly HostOutcome[] | undefined> {
  const signals = new Signals({ isReader: watch.onSignal === 'leave' })
  const watching = new Watching(watch, signals)
  try {
    for (;;) {
      const first = await Promise.race([watching.followed, signals.next()])
      if (typeof first !== 'string') return await watching.end(first)
      const choice = await watching.choose(first)
      if (choice === 'leave') {
        if (await watching.leave(first)) return undefined
        continue
      }
      if (choice === 'cancel') await watching.cancel()
      watching.goOn()
    }
  } finally {
    signals.release()
  }
}

/** One run that is being watched: its screen, its hosts, and what a person may do about it. */
class Watching {
  readonly followed: Promise<readonly HostOutcome[]>
  readonly #watch: Watch
  readonly #signals: Signals
  readonly #screen: QuietStart
  readonly #hosts: WatchedHosts
  readonly #leaving = new AbortController()
  readonly #cancelling = new AbortController()
  /** to a cancel, while a question had the screen */
  readonly #said: ({ host: string } & CancelWords)[] = []

  /** Starts following at once. */
  constructor(watch: Watch, signals: Signals) {
    this.#watch = watch
    this.#signals = signals
    this.#screen = watch.start ?? makeStart(watch)
    this.#hosts = new WatchedHosts(watch.targets.map(({ host }) => host))
    for (const outcome of watch.silent ?? [])
      void this.#screen.show({ host: outcome.host, type: 'ended', outcome })
    this.followed = deploy(watch.targets, watch.work, (progress) => this.#show(progress), {
      ...watch.options,
      leave: this.#leaving.signal,
      cancel: this.#cancelling.signal,
    })
    keepLastWords(() => this.#leftWords())
  }

  /** Asks, where a person can be asked and may cancel; else the signal itself decides. */
  async choose(signal: NodeJS.Signals): Promise<Choice> {
    const mayCancel = this.#watch.onSignal === 'cancel' && signal !== 'SIGHUP'
    if (mayCancel && canAsk()) return this.#ask()
    // a second press leaves: a host that does not end its run must not keep the sender
    return mayCancel && !this.#isCancelled ? 'cancel' : 'leave'
  }

  /** Tells the hosts to end the run. After a question it first waits a little for what they say to it, unless a signal comes. */
  async cancel(): Promise<void> {
    this.#cancelling.abort()
    if (this.#screen.isPaused) await this.#hosts.answered(ANSWER_MS, this.#signals.come())
  }

  /** Shows the rows again, and above them what hosts said meanwhile. */
  goOn(): void {
    const said = this.#said.splice(0)
    const hints = new Set(said.flatMap(({ hint }) => hint ?? []))
    say([...formatAnswers(said), ...hintLines([...hints], process.stderr)])
    this.#screen.resume()
  }

  /**
   * Stops following; where the run is being cancelled, not before the hosts have had a little time to answer.
   * @returns false where it has ended on all hosts meanwhile
   */
  async leave(signal: NodeJS.Signals): Promise<boolean> {
    if (this.#isCancelled) await this.#hosts.answeredOr(this.#signals.next())
    if (this.#hosts.haveEnded) return false
    this.#leaving.abort()
    abandon(this.followed)
    await this.#screen.end([])
    keepLastWords(undefined)
    sayLeft(signal, this.#leftWords())
    return true
  }

  /** @returns the outcomes of all hosts, those included that were not asked */
  async end(followed: readonly HostOutcome[]): Promise<readonly HostOutcome[]> {
    const outcomes = [...followed, ...(this.#watch.silent ?? [])]
    const notWaiting = new AbortController()
    const unsent = this.#watch.notify?.(this.#watch.work.request, outcomes, notWaiting.signal)
    await this.#screen.end(outcomes)
    if (unsent) {
      // one that came before was for the run
      this.#signals.clear()
      void this.#signals.next().then(() => notWaiting.abort())
      say((await unsent).map((sentence) => `warning: ${sentence}`))
    }
    // a host that was being connected to
    if (this.#isCancelled) abandon(this.followed)
    keepLastWords(undefined)
    if (lostOutput()) sayOutcomes(this.#watch, outcomes)
    return outcomes
  }

  get #isCancelled(): boolean {
    return this.#cancelling.signal.aborted
  }

  #show(progress: Progress): Promise<void> | undefined {
    this.#hosts.take(progress)
    if (progress.type === 'cancel' && this.#screen.isPaused)
      this.#said.push({ host: progress.host, ...sayCancel(progress, wordsOf(this.#watch)) })
    return this.#screen.show(progress)
  }

  async #ask(): Promise<Choice> {
    await this.#screen.pause()
    const urged = new AbortController()
    // a terminal hands Ctrl-C to the question; this is a signal that something else sends
    void this.#signals.come().then(() => urged.abort())
    const choice = await chooseForRun(this.#hosts.hasBegun, this.#isCancelled, urged.signal)
    // the answer counts for them, too
    this.#signals.clear()
    return choice
  }

  #leftWords(): LastWords {
    const { work, face } = this.#watch
    return this.#hosts.leftWords(work.request, face.environment, this.#isCancelled)
  }
}

/** On stderr, for who could not be shown it. */
function sayOutcomes({ work, face }: Pick<Watch, 'work' | 'face'>, outcomes: readonly HostOutcome[]): void {
  // the plain face has told its failures there already
  const isTold = face.format === undefined && isStderrApart(process)
  for (const each of outcomes) {
    const { host, error, outcome } = each
    if (isNotNeeded(each)) say(`${host}: ${notNeededWords(each)}`)
    else if (!error) say(`${host}: run ${work.request.run} ${outcome?.outcome ?? 'succeeded'}`)
    else if (!isTold) showErrors([{ host, error }])
  }
}

/** Makes a screen that begins when there is something to show. */
function makeStart(watch: Pick<Watch, 'targets' | 'work' | 'face' | 'rootSteps' | 'silent'>): QuietStart {
  const { targets, work, face, silent = [] } = watch
  return new QuietStart(() =>
    chooseFace({
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      app: work.request.app,
      hosts: [...targets, ...silent].map(({ host }) => host),
      cancel: wordsOf(watch),
      ...face,
    }),
  )
}

function wordsOf({ work, face, rootSteps }: Pick<Watch, 'work' | 'face' | 'rootSteps'>) {
  return {
    rootSteps,
    lastStep: lastStepOf(face.steps),
    command: nameCommand(`cancel --run ${work.request.run} --now`, face.environment),
  }
}

type Choice = 'leave' | 'cancel' | 'keep'

/** The first word is what a mere Enter means; a second Ctrl-C leaves in any case. */
export async function chooseForRun(
  hasBegun: boolean,
  isCancelled: boolean,
  urged: AbortSignal,
): Promise<Choice> {
  const ask = async (question: string, ...words: [Choice, ...Choice[]]) =>
    (await askChoice(`\n${question} `, words, urged)) ?? 'leave'
  if (isCancelled)
    return ask('The run is being cancelled. Leave it, or keep watching? [L/k]', 'leave', 'keep')
  if (!hasBegun)
    return ask('The run has not started yet. Cancel it, or keep waiting? [C/k]', 'cancel', 'keep')
  return ask(
    'The run continues without you. Leave it, cancel it, or keep watching? [L/c/k]',
    ...(['leave', 'cancel', 'keep'] as const),
  )
}
