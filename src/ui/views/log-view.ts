// What `shipit log` prints: the output of a run's steps, made safe. On a terminal it is as it was, and with several hosts each
// line names its own; elsewhere each line has its host and step in front, as in a deploy.
import type { Progress } from '../../results/progress.ts'
import { type Block, wrapLines } from '../../safe-text/block.ts'
import { renderOutputLines } from '../../safe-text/json-line.ts'
import { SafeLines } from '../../safe-text/safe-lines.ts'
import { Outlet } from '../output/outlet.ts'
import { prefixOutput } from '../output/prefix-output.ts'
import { chooseStyle, isLively, type Style } from '../output/style.ts'

export type LogOptions = {
  stdout: NodeJS.WriteStream
  env: NodeJS.ProcessEnv
  hosts: readonly string[]
  /** only this step's output */
  step?: string
  format?: 'json'
}

/** Beyond what a recipe may have; a host that makes steps up is not to fill the memory. */
const MAX_STEPS = 128

type HostLog = { safe: SafeLines; step?: string }

export class LogView {
  readonly #options: LogOptions
  readonly #outlet: Outlet
  readonly #style: Style
  /** a person looks at a terminal */
  readonly #isLively: boolean
  readonly #logs = new Map<string, HostLog>()
  /** by name, whether it began on any host */
  readonly #steps = new Map<string, boolean>()

  constructor(options: LogOptions) {
    this.#options = options
    this.#outlet = new Outlet(options.stdout)
    this.#style = chooseStyle(options.stdout, options.env)
    this.#isLively = isLively(options.stdout, options.env)
  }

  readonly show = (progress: Progress): Promise<void> | undefined => {
    const log = this.#logOf(progress.host)
    if (progress.type === 'output') return this.#print(progress.host, log, log.safe.push(progress.bytes))
    if (progress.type !== 'event') return undefined
    if (progress.event.event === 'run') for (const step of progress.event.steps ?? []) this.#note(step.name)
    if (progress.event.event !== 'step') return undefined
    const { name, state } = progress.event
    this.#note(name, state !== 'skipped')
    const rest = this.#print(progress.host, log, log.safe.end())
    if (state === 'started') log.step = name
    return rest
  }

  /** Prints what is left of lines without an end. */
  end(): void {
    for (const [host, log] of this.#logs) void this.#print(host, log, log.safe.end())
  }

  /** The steps that the logs told of, by name, and whether they began on any host. */
  get steps(): ReadonlyMap<string, boolean> {
    return this.#steps
  }

  #note(name: string, began = false): void {
    const known = this.#steps.get(name)
    if (known === undefined && this.#steps.size >= MAX_STEPS) return
    this.#steps.set(name, began || known === true)
  }

  #logOf(host: string): HostLog {
    const colour = this.#options.format !== 'json' && this.#style.colour
    const log = this.#logs.get(host) ?? { safe: new SafeLines({ colour }) }
    this.#logs.set(host, log)
    return log
  }

  #print(host: string, { step }: HostLog, blocks: readonly Block[]): Promise<void> | undefined {
    const { hosts, format, step: wanted } = this.#options
    if (blocks.length === 0 || (wanted !== undefined && wanted !== step)) return undefined
    if (format === 'json') return this.#outlet.write(renderOutputLines({ host, step }, blocks))
    if (!this.#isLively) return this.#outlet.write(prefixOutput(blocks, { host, step, style: this.#style }))
    if (hosts.length > 1) return this.#outlet.write(wrapLines(blocks, { before: `[${host}] ` }))
    return this.#outlet.write(...blocks.map(({ bytes, text }) => bytes ?? text))
  }
}
