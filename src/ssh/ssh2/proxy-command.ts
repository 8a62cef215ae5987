// A host that is reached by a command, which carries the bytes on its stdin and stdout (ssh_config(5), ProxyCommand).
import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { Tail } from '../../safe-text/tail.ts'
import { startForHost } from '../connection/start-for-host.ts'

/** A stream through a command, and what the command has said on stderr. */
export type ProxyStream = { stream: Duplex; said: () => string }

const STDERR_BYTES = 4096

/**
 * Starts the command as ssh does, by the person's shell. It ends with the stream.
 * @throws ConnectionError if it can't be started
 */
export async function openProxyCommand(host: string, command: string): Promise<ProxyStream> {
  const shell = process.env.SHELL || '/bin/sh'
  // a process group of its own: Ctrl-C in the terminal is a question of shipit's, and must not end the connection
  const child = await startForHost({ host, program: shell }, () =>
    spawn(shell, ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'], detached: true }),
  )
  const tail = new Tail(STDERR_BYTES)
  child.stderr.on('data', (bytes: Buffer) => {
    tail.add(bytes)
  })
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.on('error', (error) => stream.destroy(error))
  // a command that has gone takes nothing in
  stream.on('end', () => stream.destroy())
  stream.on('close', () => child.kill())
  return { stream, said: () => tail.lines.join(' ') }
}
