// Shows a run to its end. The one place that knows what a signal means: who started the run may cancel it, who only looks
// leaves; the run itself belongs to its hosts in any case.

import type { Target } from '../../operations/explain/callee.ts'
import { deploy } from '../../operations/fleet/deploy.ts'
import type { FollowOptions, Work } from '../../operations/run/work.ts'
import type { HostOutcome, Progress } from '../../results/progress.ts'
import { lastStepOf, sayCancel } from '../../ui/faces/cancel-words.ts'
import { chooseFace } from '../../ui/faces/choose-face.ts'
import type { FaceOptions } from '../../ui/faces/face.ts'
import { lostOutput } from '../../ui/output/lost-output.ts'
import { say } from '../../ui/output/print-lines.ts'
import { askChoice, canAsk } from '../../ui/output/prompt.ts'
import { isStderrApart } from '../../ui/output/same-sink.ts'
import { formatAnswers } from '../../ui/views/answers-view.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { nameCommand } from '../../words/command.ts'
import { showErrors } from '../print-answers.ts'
import { keepLastWords, type LastWords, sayLeft } from './last-words.ts'
import { QuietStart } from './quiet-start.ts'
import { abandon, Signals } from './signals.ts'

/** How a run is shown, and what a signal does to it. */
export type Watch = {
  targets: readonly Target[]
  work: Work
  face: Pick<FaceOptions, 'environment' | 'ref' | 'steps' | 'writes' | 'flags' | 'format' | 'verbose'>
  /** 'cancel' for the command that started the run */
  onSignal: 'cancel' | 'leave'
  /** the steps that root runs, which nobody can end */
  rootSteps: ReadonlySet<string>
  options?: Pick<FollowOptions, 'waitMs'>
  /** hosts that have not answered before, and why: they are shown as failed */
  silent?: readonly HostOutcome[]
  /** the start of the screen, when something was asked before it */
  start?: QuietStart
}

/** How long a person who has said cancel waits to be told what the hosts say, before the rows are painted again. */
const ANSWER_MS = 3000
/** Two signals within this time are one press of a key. */
const SAME_PRESS_MS = 400

/** @returns each host's outcome; nothing if the person left the run */
export async function watchRun(watch: Watch): Promise<readonly HostOutcome[] | undefined> {
  const { targets, work, onSignal } = watch
  const start = watch.start ?? makeStart(watch)
  const leaving = new AbortController()
  const cancelling = new AbortController()
  const seen = new Seen(targets.map(({ host }) => host))
  const signals = new Signals({ isReader: onSignal === 'leave' })
  /** to a cancel, while a question had the screen */
  const said: { host: string; words: string }[] = []
  for (const outcome of watch.silent ?? []) void start.show({ host: outcome.host, type: 'ended', outcome })
  const followed = deploy(
    targets,
    work,
    (progress) => {
      seen.take(progress)
      if (progress.type === 'cancel' && start.isPaused)
        said.push({ host: progress.host, words: sayCancel(progress, wordsOf(watch)) })
      return start.show(progress)
    },
    { ...watch.options, leave: leaving.signal, cancel: cancelling.signal },
  ).then((outcomes) => ({ outcomes }))
  keepLastWords(() => seen.leftWords(watch, cancelling.signal.aborted))
  try {
    for (;;) {
      const first = await Promise.race([followed, signals.next().then((signal) => ({ signal }))])
      if ('outcomes' in first) {
        const outcomes = [...first.outcomes, ...(watch.silent ?? [])]
        await start.end(outcomes)
        // a host that was being connected to
        if (cancelling.signal.aborted) abandon(followed)
        keepLastWords(undefined)
        if (lostOutput()) sayOutcomes(watch, outcomes)
        return outcomes
      }
      const { signal } = first
      const mayCancel = onSignal === 'cancel' && signal !== 'SIGHUP'
      let choice: Choice = 'leave'
      if (mayCancel && canAsk()) {
        await start.pause()
        const urged = new AbortController()
        // a terminal hands Ctrl-C to the question; this is a signal that something else sends
        void signals.another(SAME_PRESS_MS).then(() => urged.abort())
        choice = await chooseForRun(seen.hasBegun, cancelling.signal.aborted, urged.signal)
        // the answer counts for them, too
        signals.clear()
      } else if (mayCancel && !cancelling.signal.aborted) {
        // nobody is asked; a second signal leaves: a host that does not end its run must not keep the sender
        choice = 'cancel'
      }
      if (choice === 'leave') {
        leaving.abort()
        abandon(followed)
        await start.end([])
        keepLastWords(undefined)
        sayLeft(signal, seen.leftWords(watch, cancelling.signal.aborted))
        return undefined
      }
      if (choice === 'cancel') {
        cancelling.abort()
        if (start.isPaused) await seen.answered(ANSWER_MS)
      }
      say(formatAnswers(said.splice(0)))
      start.resume()
    }
  } finally {
    signals.release()
  }
}

/** On stderr, for who could not be shown it. */
function sayOutcomes({ work, face }: Pick<Watch, 'work' | 'face'>, outcomes: readonly HostOutcome[]): void {
  // the plain face has told its failures there already
  const isTold = face.format === undefined && isStderrApart(process)
  for (const { host, error } of outcomes) {
    if (!error) say(`${host}: run ${work.request.run} succeeded`)
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

type Choice = 'leave' | 'cancel' | 'go on'

/** The first word is what a mere Enter means; a second Ctrl-C leaves in any case. */
export async function chooseForRun(
  hasBegun: boolean,
  isCancelled: boolean,
  urged: AbortSignal,
): Promise<Choice> {
  const ask = async (question: string, ...words: [Choice, ...Choice[]]) =>
    (await askChoice(`\n${question} `, words, urged)) ?? 'leave'
  if (isCancelled)
    return ask('The run is being cancelled. Leave it, or go on watching? [L/g]', 'leave', 'go on')
  if (!hasBegun)
    return ask('The run has not started yet. Cancel it, or go on waiting? [C/g]', 'cancel', 'go on')
  return ask(
    'The run continues without you. Leave it, cancel it, or go on watching? [L/c/g]',
    ...(['leave', 'cancel', 'go on'] as const),
  )
}

/** What is known of each host, for who leaves. */
class Seen {
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

  /** Waits until each host was told to end the run, but not for long. */
  async answered(limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, limitMs)
    this.#changed = () => {
      if (this.#told.size === this.#hosts.length) resolve()
    }
    this.#changed()
    await promise
    clearTimeout(timer)
  }

  /** Says what becomes of a run that is left, and how to come back to it. */
  leftWords({ work, face }: Pick<Watch, 'work' | 'face'>, isCancelled: boolean): LastWords {
    const { run } = work.request
    const command = (words: string) => nameCommand(words, face.environment)
    const open = this.#hosts.filter((host) => !this.#ended.has(host))
    const isFound = work.request.verb === 'attach'
    const running = open.filter((host) => isFound || this.#begun.has(host))
    const unknown = open.filter((host) => !running.includes(host))
    const untold = isCancelled ? open.filter((host) => !this.#cancelled.has(host)) : []
    const where = open.length === running.length ? '' : ` on ${foldHosts(running)}`
    const what = isCancelled ? `run ${run} is being cancelled${where}` : `run ${run} continues${where}`
    return {
      words: [
        ...(running.length === 0 ? [] : [what]),
        ...(unknown.length === 0 ? [] : [`unknown whether run ${run} will start on ${foldHosts(unknown)}`]),
        ...(untold.length === 0 ? [] : [`${foldHosts(untold)} has not answered to the cancel`]),
      ].join('; '),
      hints: [
        ...(untold.length === 0 ? [] : [`Cancel it again: ${command(`cancel --run ${run}`)}`]),
        ...(running.length === 0 ? [] : [`Watch it again: ${command(`attach --run ${run}`)}`]),
        ...(unknown.length === 0 ? [] : [`See how it is: ${command('status')}`]),
      ],
    }
  }
}
