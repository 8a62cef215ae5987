// Runs a program that sends one notification, and does not wait for it for long. It never throws: a deploy does not depend on it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { whyNotStarted } from '../../programs/why-not-started.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { Tail } from '../../safe-text/tail.ts'

/** How long it may take in all. */
const LIMIT_MS = 5000
/** Of what it prints. */
const MOST_BYTES = 4096
/** For what it has printed to come, once it has ended; what it left running may hold its streams open. */
const REST_MS = 200

/** How long it may take, and a person who does not wait for it. */
export type Limits = { limitMs?: number; stop?: AbortSignal | undefined }

type Run = Limits & {
  folder?: string
  /** for its stdin */
  input: string
  /** the stream whose last line is asked for; the other one is thrown away */
  reads: 'stdout' | 'stderr'
}

/** How it ended, with its last line. */
export type Ending = { status: number | null; signal: NodeJS.Signals | null; lastLine: string }

/** Runs it without a shell. @returns how it ended; a sentence if it could not be started, or was ended */
export async function runBriefly(
  [program = '', ...words]: readonly string[],
  { folder, input, reads, limitMs = LIMIT_MS, stop }: Run,
): Promise<Ending | string> {
  let child: ChildProcess | undefined
  let why: string | undefined
  const end = (reason: string) => {
    why ??= reason
    endGroup(child?.pid)
  }
  const interrupt = () => end('it was interrupted')
  const limit = setTimeout(() => end(`it took longer than ${LIMIT_MS / 1000} s`), limitMs)
  stop?.addEventListener('abort', interrupt)
  try {
    const stdio =
      reads === 'stdout' ? (['pipe', 'pipe', 'ignore'] as const) : (['pipe', 'ignore', 'pipe'] as const)
    // a group of its own, so that all of it can be ended; some failures are thrown here, and others are events
    child = spawn(program, words, { cwd: folder, stdio: [...stdio], detached: true })
    const exit = once(child, 'exit')
    const closed = once(child, 'close')
    closed.catch(() => {})
    const tail = new Tail(MOST_BYTES)
    child[reads]?.on('data', (bytes: Buffer) => tail.add(bytes))
    // one that does not read it has its reasons
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    if (stop?.aborted) interrupt()
    const [status, signal] = await exit
    if (why !== undefined) return why
    await Promise.race([closed, sleep(REST_MS)])
    return { status, signal, lastLine: cleanQuote(tail.text.trimEnd().split('\n').at(-1) ?? '') }
  } catch (error) {
    return cleanQuote(whyNotStarted(error as NodeJS.ErrnoException)[0])
  } finally {
    clearTimeout(limit)
    stop?.removeEventListener('abort', interrupt)
    // what it has left running holds them open
    child?.stdin?.destroy()
    child?.[reads]?.destroy()
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has just ended
  }
}
