// A real browser without a screen, told what to do over its debugging protocol. It has no network to speak of: pages are files.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Root needs `--no-sandbox`; small containers have a small /dev/shm. */
const FLAGS = [
  ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--remote-debugging-port=0'],
]
const START_MS = 60_000

type Answer = {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: { message: string }
}

/** One page of a browser. */
export class Browser {
  readonly #child: ChildProcess
  readonly #socket: WebSocket
  readonly #profile: string
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #next = 1
  /** what the browser told of, by itself */
  readonly events: { method: string; params: Record<string, unknown> }[] = []

  private constructor(child: ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child
    this.#socket = socket
    this.#profile = profile
    socket.addEventListener('message', ({ data }) => {
      const answer: Answer = JSON.parse(String(data))
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer)
      else if (answer.method) this.events.push({ method: answer.method, params: answer.params ?? {} })
    })
  }

  /** Starts one. @throws Error if there is none */
  static async start(program: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'shipit-browser-'))
    const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const origin = await originOf(child)
    const pages = (await (await fetch(`${origin}/json/list`)).json()) as {
      type: string
      webSocketDebuggerUrl: string
    }[]
    const page = pages.find(({ type }) => type === 'page')
    if (!page) throw new Error('the browser has no page')
    const socket = new WebSocket(page.webSocketDebuggerUrl)
    await once(socket, 'open')
    return new Browser(child, socket, profile)
  }

  /** Sends a command of the protocol. */
  async send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    const id = this.#next++
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#waiting.set(id, resolve)
    this.#socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await promise
    this.#waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as Result
  }

  /** Asks the page. */
  async ask<Value>(expression: string): Promise<Value> {
    const { result } = await this.send<{ result: { value: Value } }>('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    })
    return result.value
  }

  async end(): Promise<void> {
    this.#socket.close()
    const closed = once(this.#child, 'close')
    this.#child.kill()
    await closed
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function originOf(child: ChildProcess): Promise<string> {
  let said = ''
  const signal = AbortSignal.timeout(START_MS)
  for await (const chunk of child.stderr ?? []) {
    said += chunk
    const [, address] = /DevTools listening on ws:\/\/([^/]+)\//.exec(said) ?? []
    if (address) {
      child.stderr?.resume()
      return `http://${address}`
    }
    signal.throwIfAborted()
  }
  throw new Error(`the browser did not start:\n${said}`)
}
