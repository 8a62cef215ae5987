// A machine that has no room for another process, for as long as something is done: below Node's own code for starting programs, the
// call to the system answers as it does there. Real shortages, where a test can have them, are in test/e2e/full-machine.test.ts.
import { constants } from 'node:os'

/** What the system says then (fork(2), pipe(2)). */
export const SHORTAGES = {
  EAGAIN: 'too many processes',
  ENOMEM: 'no memory',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
} as const
export type Shortage = keyof typeof SHORTAGES

type Binding = {
  Process: { prototype: { spawn: (...how: unknown[]) => number } }
  spawn: () => { error: number; status: null; signal: null; output: null; pid: 0 }
}
const { binding } = process as unknown as { binding: (name: string) => Binding }

/** Does something in this process, which can start no program until it is done. */
export async function withoutRoom<Result>(
  code: Shortage,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const wrap = binding('process_wrap').Process.prototype
  const sync = binding('spawn_sync')
  const { spawn } = wrap
  const { spawn: spawnSync } = sync
  const error = -constants.errno[code]
  wrap.spawn = function (first, ...rest) {
    // the pipes come first, and stay where only the process can't be had
    const nothing = '/nonexistent'
    // older Nodes have one object for all
    const file = typeof first === 'string' ? nothing : { ...(first as object), file: nothing }
    if (code === 'EAGAIN' || code === 'ENOMEM') spawn.call(this, file, ...rest)
    return error
  }
  sync.spawn = () => ({ error, status: null, signal: null, output: null, pid: 0 })
  try {
    return await work()
  } finally {
    wrap.spawn = spawn
    sync.spawn = spawnSync
  }
}
