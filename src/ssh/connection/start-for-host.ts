// Starts a program of this machine that a host is reached by. Where that fails, it is this host that can't be reached.
import type { ChildProcess } from 'node:child_process'
import { ConnectionError, MachineError, MissingProgramError } from '../../errors.ts'
import { startProgram } from '../../programs/start-program.ts'

/**
 * Starts a program for a host.
 * @param start calls `spawn`
 * @throws ConnectionError if it can't be started; of a program that is not there, the cause is a MissingProgramError
 */
export async function startForHost<Child extends ChildProcess>(
  { host, program }: { host: string; program: string },
  start: () => Child,
): Promise<Child> {
  try {
    return await startProgram({ program, lead: `cannot reach '${host}'` }, start)
  } catch (cause) {
    if (!(cause instanceof MachineError || cause instanceof MissingProgramError)) throw cause
    throw new ConnectionError(cause.message, { cause, suggestions: cause.suggestions })
  }
}
