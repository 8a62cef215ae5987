// The face for programs: one JSON object a line (NDJSON), with a versioned schema, and a result at the end.
import type { JsonLine } from '../../json/lines.ts'
import type { Event, EventOf } from '../../protocol/event.ts'
import { type HostOutcome, isNotNeeded, isSuperseded, type Progress } from '../../results/progress.ts'
import { errorData, renderJsonLine, renderOutputLines } from '../../safe-text/json-line.ts'
import { Outlet } from '../output/outlet.ts'
import { writeAll } from '../output/write-all.ts'
import { HostRecord } from '../record/host-record.ts'
import { outcomesToShow } from '../record/outcomes-to-show.ts'
import type { Face, FaceOptions } from './face.ts'

export class JsonFace implements Face {
  readonly #options: FaceOptions
  readonly #outlet: Outlet
  readonly #records: Map<string, HostRecord>
  #begun = false
  #ended = false

  constructor(options: FaceOptions) {
    this.#options = options
    this.#outlet = new Outlet(options.stdout, options.hosts.length)
    this.#records = new Map(
      options.hosts.map((host) => [host, new HostRecord(host, options, { colour: false })]),
    )
  }

  show(progress: Progress): Promise<void> | undefined {
    const record = this.#records.get(progress.host)
    if (!record || this.#ended) return undefined
    const { host } = record
    const step = record.current?.name
    const output = record.take(progress)
    const lines: JsonLine[] = this.#begin()
    if (progress.type === 'planned' && progress.isReady)
      lines.push({
        event: 'planned',
        host,
        live: progress.live,
        commit: progress.commit,
        paths: progress.paths,
      })
    if (progress.type === 'event' && isOfRun(progress.event)) lines.push({ host, ...progress.event })
    if (progress.type === 'connecting' || progress.type === 'connected')
      lines.push({ event: progress.type, host })
    if (progress.type === 'waiting' && record.hasNewHolder)
      lines.push({ event: 'waiting', host, holder: progress.holder, inLine: progress.inLine })
    if (progress.type === 'lost')
      lines.push({ event: 'lost', host, retryMs: progress.retryMs, begun: progress.begun })
    if (progress.type === 'cancel') lines.push(cancelLine(progress))
    if (progress.type === 'ended') lines.push({ event: 'ended', host, ...resultOf(progress.outcome) })
    if (lines.length + output.length === 0) return undefined
    return this.#outlet.write(
      ...(output.length === 0 ? [] : [renderOutputLines({ host, step }, output)]),
      ...lines.map((line) => `${renderJsonLine(line)}\n`),
    )
  }

  /** The header, once. */
  #begin(): JsonLine[] {
    const { app, environment, ref, hosts, header } = this.#options
    if (this.#begun || !header) return []
    this.#begun = true
    return [{ event: 'deploy', app, environment, ref, hosts, commit: header.commit, notes: header.notes }]
  }

  async pause(): Promise<void> {}

  resume(): void {}

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    if (this.#ended) return
    for (const outcome of outcomesToShow(this.#records, outcomes))
      await this.show({ host: outcome.host, type: 'ended', outcome })
    this.#ended = true
    this.#outlet.flush()
    const { app, environment, ref } = this.#options
    const hosts = Object.fromEntries(outcomes.map((outcome) => [outcome.host, resultOf(outcome)]))
    const result = renderJsonLine({ event: 'result', app, environment, ref, hosts })
    const written = writeAll(this.#options.stdout, [result])
    // a client that leaves does not wait for a reader that has stopped
    if (outcomes.length > 0) await written
  }
}

/** What of a host's events is told, and what such an event is. */
const TOLD = ['hello', 'refused', 'run', 'step', 'commit', 'cancelled', 'left', 'outcome'] as const

function isOfRun(event: Event): event is EventOf<(typeof TOLD)[number]> & { time: string } {
  return (TOLD as readonly string[]).includes(event.event)
}

/** What a host answered to a cancel, or why it has not. */
function cancelLine({ host, event, error }: Extract<Progress, { type: 'cancel' }>): JsonLine {
  return { event: 'cancel', host, step: event?.step, phase: event?.phase, error: error && errorData(error) }
}

/** `outcome` is the host's word, `deployed` ours. */
export function resultOf(ended: HostOutcome) {
  const { outcome, run, commit, error, isUpToDate, isUnchanged } = ended
  return {
    deployed: error === undefined && !isSuperseded(ended) && !isNotNeeded(ended),
    upToDate: isUpToDate,
    unchanged: isUnchanged,
    outcome: outcome?.outcome,
    live: outcome?.live ?? ended.live,
    run: run?.run,
    commit,
    step: outcome?.step,
    status: outcome?.status,
    error: error && errorData(error),
  }
}
