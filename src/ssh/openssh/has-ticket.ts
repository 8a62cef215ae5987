// Whether there is a Kerberos ticket: without one, GSSAPI lets nobody in, and need not be tried.
import { runProgram } from '../../programs/run-program.ts'

const LIMIT_MS = 5000

/** Asks klist(1), which says so by its exit status. Without that program there is none. */
export async function hasTicket(): Promise<boolean> {
  const { failure } = await runProgram(['klist', '-s'], { timeout: LIMIT_MS })
  return !failure
}
