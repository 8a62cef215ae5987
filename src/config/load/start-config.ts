// Starts the process in which a config is loaded before the command itself is, so that one does not wait for the other. It imports
// nothing of shipit: bin/shipit.js calls it first.
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { extname, join } from 'node:path'
import { isatty } from 'node:tty'

const PROGRAM = join(import.meta.dirname, `config-process${extname(import.meta.filename)}`)

/** What a CI job gives to shipit alone: no config sees it. */
export const CREDENTIAL_VARIABLES = { key: 'SHIPIT_SSH_KEY', knownHosts: 'SHIPIT_KNOWN_HOSTS' } as const

let early: ChildProcess | undefined

/** Starts it for a command line that may need it. @param argv without node and the script */
export function startConfig(argv: readonly string[]): void {
  const [command = '-'] = argv
  if (
    command.startsWith('-') ||
    command === 'completion' ||
    argv.some((word) => word === '--help' || word === '-h')
  )
    return
  const child = tryFork()
  if (!child) return
  // until somebody takes it, it holds nobody up
  child.unref()
  child.channel?.unref()
  child.on('error', () => {})
  process.once('exit', () => void child.kill('SIGKILL'))
  early = child
}

/** Gives the one that was started, or a fresh one: for `startProgram`, since it may not run. */
export function takeConfig(): ChildProcess {
  const child = early
  early = undefined
  // what kept that one from starting may have passed
  if (child?.pid === undefined || !child.connected) return forkConfig()
  child.ref()
  child.channel?.ref()
  return child
}

/** Starts one that has no terminal, prints nowhere, and leads a group of its own, which can be ended with all that it has started. For `startProgram`. */
export function forkSilently(): ChildProcess {
  return forkConfig({ stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true })
}

/** Who takes it later learns why it can't be had. */
function tryFork(): ChildProcess | undefined {
  try {
    return forkConfig()
  } catch {
    return undefined
  }
}

function forkConfig(options: ForkOptions = {}): ChildProcess {
  const env = { ...process.env }
  for (const name of Object.values(CREDENTIAL_VARIABLES)) delete env[name]
  return fork(PROGRAM, [getCompileCacheDir() ?? ''], {
    // what it prints is not an answer of ours; and stdin is for a person, never for a hook's lines or the rest of a script
    stdio: [isatty(0) ? 'inherit' : 'ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
    execArgv: [],
    env,
    ...options,
  })
}
