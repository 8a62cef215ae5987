// Waiting that ends at once when there is nothing left to wait for.

import { setTimeout } from 'node:timers/promises'
import type { Show } from '../../results/progress.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { Target } from '../explain/callee.ts'

/** Opens a connection and shows it; one that comes too late is closed. @throws what `open` throws; the signal's reason once it has one */
export async function openUntil(target: Target, show: Show, stop: AbortSignal): Promise<Connection> {
  stop.throwIfAborted()
  const opening = target.open()
  const closeLate = () => void opening.then((late) => late.close()).catch(() => {})
  stop.addEventListener('abort', closeLate, { once: true })
  try {
    const connection = await doUntil(opening, stop)
    void show({ host: target.host, type: 'connected', by: connection.facts.transport })
    return connection
  } finally {
    stop.removeEventListener('abort', closeLate)
  }
}

/** Waits for work. @throws what it throws; the signal's reason once it has one */
export async function doUntil<Result>(work: Promise<Result>, stop: AbortSignal): Promise<Result> {
  stop.throwIfAborted()
  const stopped = Promise.withResolvers<never>()
  const reject = () => stopped.reject(stop.reason)
  stop.addEventListener('abort', reject, { once: true })
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    stop.removeEventListener('abort', reject)
  }
}

const LAST_PAUSE_MS = 10_000

/** How long to wait before the next try, after so long before this one. */
export function nextPause(ms: number): number {
  return Math.min(ms * 2, LAST_PAUSE_MS)
}

/** @throws the signal's reason once it has one */
export async function pauseUntil(ms: number, stop: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: stop }).catch(() => {})
  stop.throwIfAborted()
}

/** Acts when a signal aborts, or has aborted already; never before the caller returns. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): void {
  if (signal?.aborted) queueMicrotask(act)
  else signal?.addEventListener('abort', act, { once: true })
}
