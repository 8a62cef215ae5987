// The face where there is no terminal: plain lines, each with its host and step before it. No line of a host's output can
// pass for one of ours, or for a command to a CI system that reads the log.

import type { EventOf } from '../../protocol/event.ts'
import type { HostOutcome, Progress } from '../../results/progress.ts'
import { breakInner } from '../../safe-text/ci-commands.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { lostWords } from '../../words/connection.ts'
import { formatDuration } from '../../words/duration.ts'
import { busyWords, cancelledWords, freezeWords, holderWords } from '../../words/holder.ts'
import { refWords } from '../../words/ref.ts'
import { shortenRuns } from '../../words/run-id.ts'
import { Outlet } from '../output/outlet.ts'
import { hostPrefix, prefixOutput } from '../output/prefix-output.ts'
import { screenLines } from '../output/screen-lines.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { writeAll } from '../output/write-all.ts'
import type { Face, FaceOptions } from './face.ts'
import { HostRecord } from './host-record.ts'
import { afterWords, failureWords, skipWords } from './step-words.ts'
import { summarize } from './summary.ts'

export class PlainFace implements Face {
  readonly #options: FaceOptions
  readonly #outlet: Outlet
  readonly #style: Style
  readonly #records: Map<string, HostRecord>
  readonly #beganAt = performance.now()
  #ended = false

  constructor(options: FaceOptions) {
    this.#options = options
    this.#outlet = new Outlet(options.stdout)
    this.#style = chooseStyle(options.stdout, options.env)
    this.#records = new Map(
      options.hosts.map((host) => [host, new HostRecord(host, options, { colour: this.#style.colour })]),
    )
  }

  show(progress: Progress): Promise<void> | undefined {
    const record = this.#records.get(progress.host)
    if (!record || this.#ended) return undefined
    const before = record.current?.name
    const output = record.take(progress)
    const own =
      'event' in progress && progress.event.event === 'step'
        ? stepText(progress.event, record)
        : plainText(progress, record)
    if (output.length === 0 && own === undefined) return undefined
    const { host } = record
    return this.#outlet.write(
      ...(output.length === 0 ? [] : [prefixOutput(output, { host, step: before, style: this.#style })]),
      ...(own === undefined
        ? []
        : [`${hostPrefix(host, this.#style)} ${breakInner(shortenRuns(cleanLine(own)))}\n`]),
    )
  }

  async pause(): Promise<void> {}

  resume(): void {}

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    if (this.#ended) return
    for (const outcome of outcomes) {
      const record = this.#records.get(outcome.host)
      if (record && !record.ended) await this.show({ host: outcome.host, type: 'ended', outcome })
    }
    this.#ended = true
    // who leaves in the middle does not wait for a reader that has stopped
    if (outcomes.length === 0) return
    const lines = summarize({
      plan: this.#options,
      records: [...this.#records.values()],
      ms: performance.now() - this.#beganAt,
      style: this.#style,
    })
    await writeAll(this.#options.stdout, screenLines(lines, { style: this.#style }))
  }
}

function stepText(event: EventOf<'step'>, record: HostRecord): string {
  if (event.state === 'started') return `${event.name}: started`
  if (event.state === 'skipped') return `${event.name}: skipped (${skipWords(event.reason)})`
  if (event.state === 'retrying') {
    return `${event.name}: failed with status ${event.status}, attempt ${event.attempt + 1} begins`
  }
  const step = record.stepNamed(event.name)
  if (event.status === 0 || !step) return `${event.name}: done in ${formatDuration(event.ms)}`
  return `${event.name}: ${failureWords(step)}${afterWords(step)}`
}

function plainText(progress: Progress, { isRefused, cancel, hasNewHolder }: HostRecord): string | undefined {
  switch (progress.type) {
    case 'connecting':
    case 'connected':
      return progress.type
    case 'waiting':
      if (!hasNewHolder) return undefined
      return `waiting for the lock${progress.holder ? `: ${holderWords(progress.holder)}` : ''}`
    case 'lost':
      return `${lostWords(progress.begun)} in ${formatDuration(progress.retryMs)}`
    case 'cancel':
      return cancel
    case 'ended': {
      const { error } = progress.outcome
      // the host has said why
      if (error && isRefused) return undefined
      return error ? `failed: ${error.message}` : 'deployed'
    }
    case 'event':
      return eventText(progress)
    default:
      return undefined
  }
}

function eventText({ event }: Extract<Progress, { type: 'event' }>): string | undefined {
  switch (event.event) {
    case 'refused':
      if (event.reason === 'busy') return `busy: ${busyWords(event.holder)}`
      return event.holder
        ? `${event.reason}: the lock is ${holderWords(event.holder)}`
        : `refused (${event.reason})${event.freeze ? `: ${freezeWords(event.freeze)}` : ''}`
    case 'run':
      return `run ${event.run} of ${event.app}: ${refWords(event.ref)}, by ${event.user}`
    case 'cancelled':
      return cancelledWords(event)
    case 'commit':
      return `commit ${event.commit}`
    case 'outcome':
      return `run ${event.outcome}${event.ms === undefined ? '' : ` after ${formatDuration(event.ms)}`}`
    default:
      return undefined
  }
}
