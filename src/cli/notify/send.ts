// Sends one notification, to a webhook or to a program, within a few seconds. It never throws: a deploy does not depend on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { Tail } from '../../safe-text/tail.ts'

/** How long it may take in all. */
const LIMIT_MS = 5000
/** Of what a program says on stderr. */
const STDERR_BYTES = 4096
const LAST_WORDS_MS = 500
const LATE = `it took longer than ${LIMIT_MS / 1000} s`

/** @returns why it was not taken; nothing if it was */
export async function sendToWebhook(
  url: string,
  body: string,
  limitMs = LIMIT_MS,
): Promise<string | undefined> {
  try {
    const { status, body: answer } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'shipit', connection: 'close' },
      body,
      // to where it leads is not to be told
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    })
    await answer?.cancel()
    return status >= 200 && status < 300 ? undefined : `it answered with status ${status}`
  } catch (error) {
    return whyNot(error)
  }
}

/** Without the message, which may have the URL in it. */
function whyNot(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: unknown } }
  if (name === 'TimeoutError') return LATE
  return typeof cause?.code === 'string' ? cleanQuote(cause.code) : 'it could not be reached'
}

/** Where a program runs, and how long it may take. */
type Place = { folder: string; limitMs?: number }

/** Runs a program with it on stdin, without a shell. @returns why it was not taken; nothing if it was */
export async function sendToProgram(
  command: readonly string[],
  body: string,
  place: Place,
): Promise<string | undefined> {
  try {
    return await runProgram(command, body, place)
  } catch (error) {
    return cleanQuote((error as NodeJS.ErrnoException).code ?? (error as Error).message)
  }
}

async function runProgram(
  [program = '', ...words]: readonly string[],
  body: string,
  { folder, limitMs = LIMIT_MS }: Place,
): Promise<string | undefined> {
  // a path starts at the config
  const path = program.includes('/') ? resolve(folder, program) : program
  // a group of its own, so that all of it can be ended; what it prints is not the deploy's
  const child = spawn(path, words, { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'], detached: true })
  const tail = new Tail(STDERR_BYTES)
  child.stderr.on('data', (bytes: Buffer) => tail.add(bytes))
  // one that does not read it has its reasons
  child.stdin.on('error', () => {})
  child.stdin.end(body)
  const closed = once(child, 'close').catch(() => {})
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    endGroup(child.pid)
  }, limitMs)
  try {
    const [status, signal] = await once(child, 'exit')
    if (isLate) return LATE
    if (status === 0) return undefined
    // its last words may come after its end; what it has left running may never close them
    await Promise.race([closed, pause(LAST_WORDS_MS, undefined, { ref: false })])
    const said = cleanQuote(tail.lines.at(-1) ?? '')
    return `it ${signal ? `was ended by ${signal}` : `exited with status ${status}`}${said && `: ${said}`}`
  } finally {
    clearTimeout(limit)
    // what it has left running holds them open
    child.stderr.destroy()
    child.stdin.destroy()
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has just ended
  }
}
