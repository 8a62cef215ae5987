// The face for a terminal: a row for each step, painted by listr2, and the summary below. Loaded only where there is a
// terminal, since listr2 is.

import { Listr, ListrLogger, ProcessOutput } from 'listr2'
import type { HostOutcome, Progress } from '../../results/progress.ts'
import { cleanOwnLines } from '../../safe-text/own-lines.ts'
import { formatSeconds } from '../../words/duration.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { columnsOf, screenLines } from '../output/screen-lines.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { TabProgress, takesProgress } from '../output/tab-progress.ts'
import { writeAll } from '../output/write-all.ts'
import { DeployHeader } from '../record/deploy-header.ts'
import { HostRecord } from '../record/host-record.ts'
import { howFar } from '../record/how-far.ts'
import type { Face, FaceOptions } from './face.ts'
import { type Line, layOutRows } from './rows/row-layout.ts'
import { connectRow, gateRow, type Row, stepRow } from './rows/step-rows.ts'
import { makeStepRenderer } from './step-renderer.ts'
import { summarize } from './summary.ts'

/** More steps than hosts may have: names that a host makes up are not to fill the memory. */
const MAX_LATEST = 256

/** A person who has waited so long may look elsewhere by now, and hears when it is over. */
const BELL_AFTER_MS = 30_000
const BELL = '\x07'

export class TerminalFace implements Face {
  readonly #options: FaceOptions
  readonly #style: Style
  readonly #records: Map<string, HostRecord>
  readonly #header: DeployHeader | undefined
  readonly #latest = new Map<string, HostRecord>()
  #stop: () => void = () => {}
  readonly #beganAt = performance.now()
  readonly #output: ProcessOutput
  #painted: Promise<void>
  readonly #tab: TabProgress | undefined
  readonly #giveBack: () => void
  /** nothing is painted: a question is asked, or all is said */
  #isStill = false
  #isSuspended = false
  #ended = false

  constructor(options: FaceOptions) {
    this.#options = options
    this.#style = chooseStyle(options.stdout, options.env)
    this.#records = new Map(
      options.hosts.map((host) => [host, new HostRecord(host, options, { colour: this.#style.colour })]),
    )
    this.#header = options.header && new DeployHeader(options, options.header, this.#records)
    this.#output = new ProcessOutput(options.stdout, options.stderr)
    // listr2 holds back what others write while it paints; this moves nothing on the screen
    const write = options.stdout.write.bind(options.stdout)
    if (takesProgress(options.env))
      this.#tab = new TabProgress(
        (text) => write(text),
        () => this.#howFar(),
      )
    this.#giveBack = () => {
      this.#tab?.clear()
      this.#output.release()
    }
    // the way out of who calls process.exit: without it the cursor stays hidden, and an error's text unsaid
    process.once('exit', this.#giveBack)
    process.on('SIGTSTP', this.#suspend).on('SIGCONT', this.#wake)
    // a fault in painting is none of the deploy's
    this.#painted = this.#paint().catch(this.#giveBack)
    this.#tab?.begin()
  }

  show(progress: Progress): undefined {
    const record = this.#records.get(progress.host)
    if (!record || this.#ended) return
    record.take(progress)
    void this.#header?.look(progress)
    if (record.current) {
      if (this.#latest.size >= MAX_LATEST) this.#latest.clear()
      this.#latest.set(record.current.name, record)
    }
  }

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    for (const outcome of outcomes) this.#records.get(outcome.host)?.end(outcome)
    await this.#header?.look()
    // the rows as they are now stand above the summary
    if (this.#isStill && outcomes.length > 0) this.resume()
    this.#tab?.clear()
    await this.pause()
    process.off('exit', this.#giveBack)
    process.off('SIGTSTP', this.#suspend).off('SIGCONT', this.#wake)
    if (outcomes.length === 0) return
    const ms = performance.now() - this.#beganAt
    const lines = summarize({
      plan: this.#options,
      records: [...this.#records.values()],
      ms,
      style: this.#style,
    })
    if (ms >= BELL_AFTER_MS && !this.#options.env.SHIPIT_QUIET_TAB) this.#options.stdout.write(BELL)
    await writeAll(
      this.#options.stdout,
      screenLines(['', ...lines], { style: this.#style, columns: columnsOf(this.#options.stdout) }),
    )
  }

  async pause(): Promise<void> {
    this.#isStill = true
    this.#stop()
    await this.#painted
  }

  resume(): void {
    if (!this.#isStill) return
    this.#isStill = false
    this.#painted = this.#paint().catch(this.#giveBack)
  }

  /** Ctrl-Z: the shell gets its terminal back as it was, with a cursor. The run does not notice. */
  readonly #suspend = async (): Promise<void> => {
    this.#isSuspended = !this.#isStill
    await this.pause()
    this.#tab?.clear()
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #wake = (): void => {
    if (this.#isSuspended) this.resume()
    this.#isSuspended = false
    if (!this.#ended) this.#tab?.begin()
  }

  #howFar(): ReturnType<typeof howFar> {
    const now = howFar([...this.#records.values()])
    // a question has the terminal
    return this.#isStill && now.state !== 'waiting' ? { ...now, state: 'asking' } : now
  }

  async #paint(): Promise<void> {
    const { stdout } = this.#options
    const renderer = makeStepRenderer({
      style: this.#style,
      head: () => this.#head(),
      look: () => this.#look(),
      height: () => stdout.rows || 24,
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stop = resolve
    // what is painted is ours: listr2 paints as long as its one task runs
    const list = new Listr([{ title: 'deploy', task: () => promise }], {
      exitOnError: false,
      // signals are the operation's business
      registerSignalListeners: false,
      renderer,
      rendererOptions: {
        formatOutput: 'truncate',
        logger: new ListrLogger({ processOutput: this.#output }),
      },
    })
    await list.run()
  }

  #head(): readonly string[] {
    const columns = columnsOf(this.#options.stdout)
    // a line that is as wide as the terminal may count as two
    const lines = this.#header?.linesWithReasons(this.#style, columns && columns - 1) ?? []
    return cleanOwnLines(lines, this.#style)
  }

  #look(): readonly Line[] {
    const { flags, stdout } = this.#options
    return layOutRows(this.#rows(), { style: this.#style, flags, columns: columnsOf(stdout) }).map(
      (line) => ({
        ...line,
        text: shortenRuns(cleanOwnLines([line.text], this.#style).join(' ')),
        state: this.#isStill && line.state === 'running' ? 'waiting' : line.state,
      }),
    )
  }

  #rows(): Row[] {
    const records = [...this.#records.values()]
    const nowMs = performance.now()
    const source = { records, nowMs, style: this.#style }
    const row = (name: string) => stepRow(name, { ...source, latest: this.#latest.get(name) })
    const known = new Set(this.#options.steps.map(({ name }) => name))
    const others = new Set<string>()
    for (const { steps } of records) for (const { name } of steps) if (!known.has(name)) others.add(name)
    const unknown = [...others].map(row).filter(({ state }) => state !== 'waiting')
    const other = unknown.find(({ settled }) => !settled) ?? unknown.findLast(() => true)
    const gate = gateRow(source)
    return [
      connectRow(source),
      ...(gate ? [gate] : []),
      ...[...known].map(row),
      // it stands for each of them in turn, so it is never settled
      ...(other
        ? [{ ...other, note: `${other.note ?? ''}  (not in the local recipe)`.trimStart(), settled: false }]
        : []),
      ...(this.#isStill ? [] : [totalRow(nowMs - this.#beganAt)]),
    ]
  }
}

/** The time of the whole, while it runs; the closing lines have it later. */
function totalRow(ms: number): Row {
  return { state: 'total', name: 'total', time: formatSeconds(Math.floor(ms / 1000)), settled: true }
}
