// Starts a program, so that whoever gets it has one that runs. Where the machine has no room for it, Node throws for some reasons;
// for others it gives a child that has no pid, nor perhaps any of its pipes and its 'send', and tells why a moment later.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { asNotStarted, type Wanted } from './why-not-started.ts'

/**
 * Starts a program.
 * @param start calls `spawn` or `fork`
 * @throws MissingProgramError if it is not there; MachineError if it can't be started
 */
export async function startProgram<Child extends ChildProcess>(
  wanted: Wanted,
  start: () => Child,
): Promise<Child> {
  try {
    const child = start()
    if (child.pid !== undefined) return child
    const [error] = await once(child, 'error')
    throw error
  } catch (error) {
    throw asNotStarted(wanted, error as Error)
  }
}
