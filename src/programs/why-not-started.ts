// Why a program could not be started, in words: it is not there, or this machine has no room for it.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { MachineError, MissingProgramError } from '../errors.ts'

type Why = readonly [why: string, ...suggestions: string[]]

const LATER = 'End some programs, or try again later.'

/** By errno(3). */
const WHY: Readonly<Record<string, Why>> = {
  EAGAIN: ['too many processes', LATER, 'To see how many your account may have: ulimit -u'],
  ENOMEM: ['no memory', LATER],
  EMFILE: ['too many open files', 'To allow more in this shell: ulimit -n 1024'],
  ENFILE: ['too many open files on this machine', LATER],
  ENOENT: ['no such program'],
  ENOTDIR: ['no such program'],
  EACCES: ['it is not executable'],
}

/** Says why, from what Node throws or tells: as the end of a sentence, then what to do. */
export function whyNotStarted({ code = '', message }: NodeJS.ErrnoException): Why {
  return WHY[code] ?? [code || message]
}

/** What could not be started, and what could not be done for want of it: `cannot load deploy.config.ts`. */
export type Wanted = { program: string; lead?: string }

/** Not every error of Node has the code: rmSync's and that of a package.json have not. */
const FULL = /too many open files/i

/** Makes the error of one that nobody has explained, if it is of a file that could not be opened since too many are. */
export function asFull(error: unknown): MachineError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'EMFILE' && code !== 'ENFILE' && !FULL.test(message)) return undefined
  const [why, ...suggestions] = whyNotStarted({ ...error, code: code === 'ENFILE' ? code : 'EMFILE' })
  return new MachineError(`cannot continue: ${why}`, { cause: error, suggestions })
}

/** Makes the error; what has nothing to do with the start of a program is left as it is. */
export function asNotStarted({ program, lead }: Wanted, error: Error): Error {
  const { syscall, code } = error as NodeJS.ErrnoException
  if (!syscall?.startsWith('spawn')) return error
  const [why, ...suggestions] = whyNotStarted(error as NodeJS.ErrnoException)
  // so it is also where one folder of PATH may not be entered: execvp(3); or the folder that it is to run in
  const isMissing = code === 'ENOENT' || (code === 'EACCES' && !program.includes('/') && !isOnPath(program))
  const Kind = isMissing ? MissingProgramError : MachineError
  return new Kind(`${lead ? `${lead}: ` : ''}cannot start '${program}': ${why}`, {
    cause: error,
    suggestions,
  })
}

function isOnPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
