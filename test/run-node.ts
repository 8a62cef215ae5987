// Runs Node in a process of its own, as a person's terminal would: what the tests of the command line are made of.
import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** The folder of shipit's package.json. */
export const root = join(import.meta.dirname, '..')
/** What a person runs. */
export const bin = join(root, 'bin/shipit.js')

export type NodeRun = { exitCode: number; stdout: string; stderr: string }

export type NodeOptions = {
  cwd?: string
  /** added to PATH and HOME; nothing else of this process's environment is passed on */
  env?: Readonly<Record<string, string>>
  /** another node than this one */
  node?: string
  timeoutMs?: number
}

/** Runs node with these words and waits for its end. */
export function runNode(words: readonly string[], options: NodeOptions = {}): Promise<NodeRun> {
  const { cwd = root, env = {}, node = process.execPath, timeoutMs = 120_000 } = options
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve) => {
    const settings = {
      cwd,
      env: { PATH, HOME, LANG: 'C.UTF-8', ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    } as const
    const child = execFile(node, words, settings, (_error, stdout, stderr) => {
      // without an exit code a signal ended it
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

/** Runs shipit. */
export function runShipit(words: readonly string[], options: NodeOptions = {}): Promise<NodeRun> {
  return runNode([bin, ...words], options)
}
