// Runs a program that answers and ends.
import { type ExecFileException, type ExecFileOptions, execFile } from 'node:child_process'
import { asNotStarted } from './why-not-started.ts'

type Options = Pick<ExecFileOptions, 'cwd' | 'env' | 'timeout' | 'maxBuffer'> & {
  encoding?: BufferEncoding
  /** for its stdin */
  input?: string
}

/** What it has said, and how it failed. */
export type Answered = { stdout: string; stderr: string; failure?: Failure }

/** Whether it was ended since it took too long, and the error: of one that never ran it is a ShipitError. */
export type Failure = { isStarted: boolean; isLate: boolean; error: Error }

/** Runs it without a shell, and waits for its end. Never rejects. */
export function runProgram(
  [program = '', ...words]: readonly string[],
  { encoding = 'utf8', input = '', ...options }: Options = {},
): Promise<Answered> {
  const { promise, resolve } = Promise.withResolvers<Answered>()
  const refuse = (error: unknown) => {
    const failure = { isStarted: false, isLate: false, error: asNotStarted({ program }, error as Error) }
    resolve({ stdout: '', stderr: '', failure })
  }
  const end = (error: ExecFileException | null, stdout: string, stderr: string) => {
    if (!error) return resolve({ stdout, stderr })
    if (child.pid === undefined) return refuse(error)
    resolve({ stdout, stderr, failure: { isStarted: true, isLate: error.killed === true, error } })
  }
  let child: ReturnType<typeof execFile>
  try {
    child = execFile(program, words, { ...options, encoding }, end)
    // one that does not read it has its reasons
    child.stdin?.on('error', () => {})
    child.stdin?.end(input, encoding)
  } catch (error) {
    refuse(error)
  }
  return promise
}
