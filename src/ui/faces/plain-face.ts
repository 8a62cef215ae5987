// The face where there is no terminal: plain lines, each with its host and step before it. No line of a host's output can
// pass for one of ours, or for a command to a CI system that reads the log. Where that is one we know, it folds what steps print.

import type { EventOf } from '../../protocol/event.ts'
import { type HostOutcome, isNotNeeded, isSuperseded, type Progress } from '../../results/progress.ts'
import { breakInner } from '../../safe-text/ci-commands.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { ciSystem } from '../../words/ci-system.ts'
import { lostWords } from '../../words/connection.ts'
import { formatDuration } from '../../words/duration.ts'
import { badEndWords, notNeededWords } from '../../words/ending.ts'
import { cancelledWords, waitingWords } from '../../words/holder.ts'
import { whyDeployed } from '../../words/paths.ts'
import { refWords } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { Outlet } from '../output/outlet.ts'
import { hostPrefix, prefixOutput } from '../output/prefix-output.ts'
import { isStderrApart } from '../output/same-sink.ts'
import { columnsOf, screenLines } from '../output/screen-lines.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { writeAll } from '../output/write-all.ts'
import { DeployHeader } from '../record/deploy-header.ts'
import { HostRecord } from '../record/host-record.ts'
import { outcomesToShow } from '../record/outcomes-to-show.ts'
import type { StepRecord } from '../record/step-record.ts'
import { endInCi } from './ci-end.ts'
import { CopiedFiles, isCopy } from './copied-files.ts'
import type { Face, FaceOptions } from './face.ts'
import { OutputGroups } from './output-groups.ts'
import { afterWords, failureWords, skipWords } from './step-words.ts'
import { failureLines, summarize } from './summary.ts'

/** What is said of many hosts alike; more is not to fill the memory. */
const MAX_SAID = 256

export class PlainFace implements Face {
  readonly #options: FaceOptions
  readonly #outlet: Outlet
  readonly #style: Style
  readonly #records: Map<string, HostRecord>
  readonly #groups: OutputGroups | undefined
  readonly #header: DeployHeader | undefined
  /** the commits, as the header has said them */
  #headed: string | undefined
  /** lines that were said, as they can be shown */
  readonly #said = new Map<string, string>()
  #heading: Promise<void> | undefined
  readonly #beganAt = performance.now()
  /** of the step that runs on each host */
  readonly #copied = new WeakMap<HostRecord, { step: StepRecord; files: CopiedFiles }>()
  #ended = false

  constructor(options: FaceOptions) {
    this.#options = options
    this.#outlet = new Outlet(options.stdout, options.hosts.length)
    this.#style = chooseStyle(options.stdout, options.env)
    this.#records = new Map(
      options.hosts.map((host) => [host, new HostRecord(host, options, { colour: this.#style.colour })]),
    )
    const system = ciSystem(options.env)
    this.#groups = system && new OutputGroups(system, options.hosts.length === 1)
    this.#header = options.header && new DeployHeader(options, options.header, this.#records)
  }

  show(progress: Progress): Promise<void> | undefined {
    const record = this.#records.get(progress.host)
    if (!record || this.#ended) return undefined
    if (this.#headed === undefined) this.#begin()
    const before = record.current
    const taken = record.take(progress)
    this.#heading ??= this.#header?.look(progress)?.then(() => this.#sayCommits())
    if (progress.type === 'planned') return this.#tellWhy(progress)
    const files = this.#filesOf(record, before)
    const output = files ? files.take(taken) : taken
    const isVerbose = this.#options.verbose === true
    const own =
      'event' in progress && progress.event.event === 'step'
        ? stepText(progress.event, record, files)
        : plainText(progress, record, { isVerbose, isAlone: this.#records.size === 1 })
    if (output.length === 0 && own === undefined) return undefined
    const { host } = record
    const printed =
      output.length === 0
        ? []
        : this.#place(
            host,
            before?.name,
            prefixOutput(output, { host, step: before?.name, style: this.#style }),
          )
    if (own === undefined) return this.#outlet.write(...printed)
    const line = `${hostPrefix(host, this.#style)} ${this.#sayable(own)}\n`
    return this.#outlet.write(...printed, ...(this.#groups?.end(host) ?? []), line)
  }

  /** Below the commits that come: why a host deploys that --changed could have left out. */
  #tellWhy({ host, isReady, paths }: Extract<Progress, { type: 'planned' }>): Promise<void> | undefined {
    const why = isReady && paths ? whyDeployed(paths) : undefined
    if (why === undefined) return this.#heading
    const line = `${hostPrefix(host, this.#style)} ${why}\n`
    return Promise.resolve(this.#heading).then(() => this.#outlet.write(line))
  }

  /** A line of ours: hundreds of hosts have the same. */
  #sayable(own: string): string {
    const known = this.#said.get(own)
    if (known !== undefined) return known
    const line = breakInner(shortenRuns(cleanLine(own)))
    if (this.#said.size >= MAX_SAID) this.#said.clear()
    this.#said.set(own, line)
    return line
  }

  /** What is written of output now. */
  #place(
    host: string,
    step: string | undefined,
    text: string | Uint8Array,
  ): readonly (string | Uint8Array)[] {
    return this.#groups ? this.#groups.take(host, step, text) : [text]
  }

  /** The header comes first, as far as it is known then. */
  #begin(): void {
    this.#headed = this.#header?.words(this.#style) ?? ''
    const lines = this.#header?.lines(this.#style) ?? []
    void this.#outlet.write(...screenLines(lines, { style: this.#style }).map((line) => `${line}\n`))
  }

  /** Its commits come once more when all of them are known. */
  #sayCommits(): void {
    const words = this.#header?.words(this.#style) ?? ''
    if (words === this.#headed) return
    const lines = screenLines([`${this.#options.app}: ${words}`], { style: this.#style })
    // not into the fold of a host's output
    void this.#outlet.write(...(this.#groups?.endAll() ?? []), ...lines.map((line) => `${line}\n`))
  }

  /** Of a step that copies, whose lines are counted and not shown. */
  #filesOf(record: HostRecord, step: StepRecord | undefined): CopiedFiles | undefined {
    if (this.#options.verbose || !step || !isCopy(step)) return undefined
    const counted = this.#copied.get(record)
    if (counted?.step === step) return counted.files
    const files = new CopiedFiles()
    this.#copied.set(record, { step, files })
    return files
  }

  async pause(): Promise<void> {}

  resume(): void {}

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    if (this.#ended) return
    for (const outcome of outcomesToShow(this.#records, outcomes))
      await this.show({ host: outcome.host, type: 'ended', outcome })
    this.#ended = true
    void this.#outlet.write(...(this.#groups?.endAll() ?? []))
    this.#outlet.flush()
    // a client that leaves does not wait for a reader that has stopped
    if (outcomes.length === 0) return
    await this.#heading
    const records = [...this.#records.values()]
    // what is folded is shown again: the last lines of a step that failed
    const isPrinted = this.#groups === undefined
    const summary = { plan: this.#options, records, ms: performance.now() - this.#beganAt, isPrinted }
    const { stdout, stderr, env } = this.#options
    await writeAll(stdout, screenLines(summarize({ ...summary, style: this.#style }), { style: this.#style }))
    endInCi({ ...summary, commits: this.#header?.words(this.#style) }, this.#options)
    if (!isStderrApart(this.#options)) return
    // who sends stdout to a file or to nobody is told as well: cron sends what stands on stderr
    const style = chooseStyle(stderr, env)
    const lines = failureLines({ ...summary, style })
    if (lines.length > 0) await writeAll(stderr, screenLines(lines, { style, columns: columnsOf(stderr) }))
  }
}

function stepText(event: EventOf<'step'>, record: HostRecord, files: CopiedFiles | undefined): string {
  if (event.state === 'started') return `${event.name}: started`
  if (event.state === 'skipped') return `${event.name}: skipped (${skipWords(event.reason)})`
  if (event.state === 'retrying') {
    return `${event.name}: failed with status ${event.status}, attempt ${event.attempt + 1} starts`
  }
  const step = record.stepNamed(event.name)
  if (event.status === 0 || !step)
    return `${event.name}: done in ${formatDuration(event.ms)}${files ? `, ${files.words}` : ''}`
  return `${event.name}: ${failureWords(step)}${afterWords(step)}`
}

/** @param how `isVerbose` says by what a host is reached; `isAlone`: the closing lines come at once, and say why it failed */
function plainText(
  progress: Progress,
  { cancel, hasNewHolder, broken }: HostRecord,
  { isVerbose, isAlone }: { isVerbose: boolean; isAlone: boolean },
): string | undefined {
  switch (progress.type) {
    case 'connecting':
      return progress.type
    case 'connected':
      return isVerbose && progress.by !== undefined ? `connected, by ${progress.by}` : progress.type
    case 'waiting':
      if (!hasNewHolder) return undefined
      return waitingWords(progress)
    case 'lost':
      return `${lostWords(progress.begun)} in ${formatDuration(progress.retryMs)}`
    case 'cancel':
      // a line is never wrapped here, and each has its host
      return cancel.hint === undefined ? cancel.words : `${cancel.words}. ${cancel.hint}`
    case 'ended': {
      const { error, outcome } = progress.outcome
      if (isSuperseded(progress.outcome)) return 'superseded'
      if (isNotNeeded(progress.outcome)) return notNeededWords(progress.outcome)
      if (!error) return `deployed${outcome?.ms === undefined ? '' : ` in ${formatDuration(outcome.ms)}`}`
      if (error.kind === 'held-back') return 'ready, and not started'
      // the closing lines say why, once for all hosts that failed alike
      return isAlone || broken ? undefined : badEndWords(error)
    }
    case 'event':
      return eventText(progress)
    default:
      return undefined
  }
}

function eventText({ event }: Extract<Progress, { type: 'event' }>): string | undefined {
  switch (event.event) {
    case 'run':
      return `run ${event.run} of ${event.app}: ${refWords(event.ref)}, by ${event.user}`
    case 'cancelled':
      return cancelledWords(event)
    case 'commit':
      return `commit ${event.commit}`
    default:
      return undefined
  }
}
