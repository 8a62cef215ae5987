// One command on a host, by a process of ssh's.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { Tail } from '../../safe-text/tail.ts'
import { readOutput } from '../connection/read-output.ts'
import type { RemoteExit, RemoteProcess } from '../connection/remote-process.ts'
import { YoungGarbage } from '../connection/young-garbage.ts'

const STDERR_BYTES = 4096
/** ssh(1), EXIT STATUS: an error of ssh's own. The gate never ends with it. */
const SSH_FAILED = 255

/** Makes a process of ssh's one on the host. @param stdin `open` if it is to be sent something later; else its stdin ends at once */
export function watchChild(child: ChildProcessWithoutNullStreams, stdin?: 'open'): RemoteProcess {
  // its output ends too
  child.stdin.on('error', () => {})
  if (stdin !== 'open') child.stdin.end()
  const tail = new Tail(STDERR_BYTES)
  const garbage = new YoungGarbage()
  child.stderr.on('data', (chunk: Buffer) => {
    garbage.note(chunk.length)
    tail.add(chunk)
  })
  let closed = false
  const exit = new Promise<RemoteExit>((resolve) => {
    child.once('error', () => resolve({ lost: true }))
    child.once('close', (status) => {
      closed = true
      resolve(status === null || status === SSH_FAILED ? { lost: true } : { status })
    })
  })
  return {
    read: (take) => readOutput(child.stdout, () => closed, take),
    send: (text) => void child.stdin.write(text),
    stderr: () => tail.lines.join('\n'),
    exit,
  }
}
