// Runs a short command on a host and reads what it says, up to a limit: for questions, not for runs.

import { setTimeout as pause } from 'node:timers/promises'
import { defined } from '../../defined.ts'
import { ConnectionError } from '../../errors.ts'
import type { Connection } from '../connection/connection.ts'
import type { RemoteProcess } from '../connection/remote-process.ts'

/** How it ended and what it said; `status` is missing when a signal ended it, or the connection died. */
export type CommandResult = { status?: number; stdout: string; stderr: string }

const MAX_BYTES = 256 * 1024
const LIMIT_MS = 20_000
/** A host that is at its limit of sessions (sshd_config(5), MaxSessions) is asked again: one may be about to end. */
const BUSY_TRIES = 20
const BUSY_PAUSE_MS = 100

/**
 * A command that takes longer than 20 s ends with the connection.
 * @throws ConnectionError when the host does not start it
 */
export async function readCommand(connection: Connection, command: string): Promise<CommandResult> {
  const timer = setTimeout(() => connection.close(), LIMIT_MS)
  try {
    const process = await start(connection, command)
    const chunks: Uint8Array[] = []
    let length = 0
    await process.read((chunk) => {
      length += chunk.length
      if (length > MAX_BYTES) return 'enough'
      chunks.push(Uint8Array.from(chunk))
      return undefined
    })
    const { status } = await process.exit
    const stdout = Buffer.concat(chunks).toString('utf8')
    return { ...defined({ status }), stdout, stderr: process.stderr() }
  } finally {
    clearTimeout(timer)
  }
}

async function start(connection: Connection, command: string): Promise<RemoteProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await connection.exec(command)
    } catch (error) {
      if (!(error instanceof ConnectionError) || tries === BUSY_TRIES) throw error
      await pause(BUSY_PAUSE_MS)
    }
  }
}
