// One command on a host, by a process of ssh's.
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { cleanLines } from '../../safe-text/clean-text.ts'
import { readOutput } from '../connection/read-output.ts'
import type { RemoteExit, RemoteProcess } from '../connection/remote-process.ts'

const STDERR_BYTES = 4096
/** ssh(1), EXIT STATUS: an error of ssh's own. The gate never ends with it. */
const SSH_FAILED = 255

/** Makes a process of ssh's one on the host. */
export function watchChild(child: ChildProcessByStdio<null, Readable, Readable>): RemoteProcess {
  let tail = Buffer.alloc(0)
  child.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-STDERR_BYTES))
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
    stderr: () => cleanLines(tail.toString('utf8')).join('\n'),
    exit,
  }
}
