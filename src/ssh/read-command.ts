// Runs a short command on a host and reads what it says, up to a limit: for questions, not for runs.
import type { Connection } from './connection.ts'

/** How it ended and what it said; `status` is missing when a signal ended it, or the connection died. */
export type CommandResult = { status?: number; stdout: string; stderr: string }

const MAX_BYTES = 256 * 1024
const LIMIT_MS = 20_000

/**
 * A command that takes longer than 20 s ends with the connection.
 * @throws ConnectionError when the host does not start it
 */
export async function readCommand(connection: Connection, command: string): Promise<CommandResult> {
  const timer = setTimeout(() => connection.close(), LIMIT_MS)
  try {
    const process = await connection.exec(command)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of process.stdout) {
      length += chunk.length
      if (length > MAX_BYTES) break
      chunks.push(Uint8Array.from(chunk))
    }
    const { status } = await process.exit
    const stdout = Buffer.concat(chunks).toString('utf8')
    return { ...(status === undefined ? {} : { status }), stdout, stderr: process.stderr() }
  } finally {
    clearTimeout(timer)
  }
}
