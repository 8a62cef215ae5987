// One call to a hostile host: the request that it got, and the means to answer it.
import type { ServerChannel } from 'ssh2'
import type { Event } from '../../../src/protocol/event.ts'
import { at, commit, framed, hello, onWire, type Untimed } from '../../operations/support/scripted-run.ts'

/** Of the run that `log` and `attach` are about. */
const RUN_ID = '20261122T120000Z-0123456789abcdef'

/** The recipe of the attacked client: see hostile-host-client.ts. */
export const STEP_NAMES = ['git', 'build', 'publish'] as const

export class HostileCall {
  readonly channel: ServerChannel
  readonly session: string
  readonly #words: readonly string[]
  gone = false

  constructor(channel: ServerChannel, command: string) {
    this.channel = channel
    this.#words = command.split(' ')
    this.session = this.#option('--session')
    channel.on('error', () => {})
    channel.on('close', () => {
      this.gone = true
    })
    channel.stdin.resume()
  }

  /** Sends a frame of output, and waits where the client reads slowly. */
  send(output: string | Uint8Array, times = 1): Promise<void> {
    return this.sendRaw(framed(this.session, output), times)
  }

  /** Sends bytes as they are. */
  async sendRaw(bytes: string | Uint8Array, times = 1): Promise<void> {
    const chunk = Buffer.from(bytes as string)
    for (let sent = 0; sent < times; sent += 1) await this.#write(this.channel, chunk)
  }

  async sendToStderr(bytes: Uint8Array, times: number): Promise<void> {
    for (let sent = 0; sent < times; sent += 1) await this.#write(this.channel.stderr, Buffer.from(bytes))
  }

  hello(): Promise<void> {
    return this.sendRaw(onWire(this.session, hello({ app: this.#option('--app') })))
  }

  tell(event: Untimed<Event>): Promise<void> {
    return this.sendRaw(this.line(event))
  }

  /** The control line of an event. */
  line(event: Untimed<Event>): string {
    return onWire(this.session, at(event))
  }

  get run(): Untimed<Event> {
    return {
      event: 'run',
      run: this.#option('--run') || RUN_ID,
      user: 'alice',
      app: this.#option('--app'),
      ref: { kind: 'branch', name: this.#option('--branch') || 'master' },
      flags: [],
      digest: this.#option('--digest') || 'unasked',
      steps: STEP_NAMES.map((step) => ({ name: step, phase: step === 'publish' ? 'publish' : 'prepare' })),
    }
  }

  get outcome(): Untimed<Event> {
    return { event: 'outcome', run: this.#option('--run'), outcome: 'succeeded', exit: 0, ms: 1 }
  }

  /** Whether this is the question that comes before a log. */
  get isHistory(): boolean {
    return this.#words.includes('history')
  }

  /** Tells of one run, which goes on. */
  async answerHistory(): Promise<void> {
    await this.hello()
    const { steps: _, ...run } = this.run as Extract<Untimed<Event>, { event: 'run' }>
    const holder = { run: run.run, user: run.user, ref: run.ref, seconds: 1 }
    for (const event of [{ event: 'status', lock: 'held', holder }, run, { event: 'end' }] as const)
      await this.#write(this.channel, Buffer.from(onWire(this.session, at(event))))
    this.end()
  }

  /** Everything up to the first step's output. */
  async begin(): Promise<void> {
    await this.hello()
    await this.tell(this.run)
    await this.start(1)
  }

  start(number: number): Promise<void> {
    return this.tell({ event: 'step', number, name: STEP_NAMES[number - 1] ?? '', state: 'started' })
  }

  async finish(number: number): Promise<void> {
    const name = STEP_NAMES[number - 1] ?? ''
    await this.tell({ event: 'step', number, name, state: 'ended', status: 0, ms: 1 })
    if (number === 1) await this.tell(commit())
  }

  /** From the end of the first step to the outcome, as it should be. */
  async succeed(): Promise<void> {
    for (const number of [1, 2, 3]) {
      if (number > 1) await this.start(number)
      await this.finish(number)
    }
    await this.tell(this.outcome)
  }

  end(status = 0): void {
    this.channel.exit(status)
    this.channel.end()
  }

  #write(stream: NodeJS.WritableStream, chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.gone) return reject(new Error('the client has gone'))
      if (stream.write(chunk)) return resolve()
      const settle = () => {
        stream.off('drain', settle)
        this.channel.off('close', settle)
        resolve()
      }
      stream.on('drain', settle)
      this.channel.on('close', settle)
    })
  }

  #option(name: string): string {
    const at = this.#words.indexOf(name)
    return at < 0 ? '' : (this.#words[at + 1] ?? '')
  }
}
