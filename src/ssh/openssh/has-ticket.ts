// Whether there is a Kerberos ticket: without one, GSSAPI lets nobody in, and need not be tried.
import { execFile } from 'node:child_process'

const LIMIT_MS = 5000

/** Asks klist(1), which says so by its exit status. Without that program there is none. */
export function hasTicket(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  execFile('klist', ['-s'], { timeout: LIMIT_MS }, (error) => resolve(!error)).stdin?.destroy()
  return promise
}
