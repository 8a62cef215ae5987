// Whether stdout and stderr end in one place.
import { fstatSync } from 'node:fs'
import { isCi } from '../../words/ci-system.ts'

const STDOUT = 1
const STDERR = 2

type Streams = { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream; env: NodeJS.ProcessEnv }

/** Says whether a person who does not see stdout sees stderr: in one log the same would stand there twice. */
export function isStderrApart({ stdout, stderr, env }: Streams): boolean {
  if (stdout !== process.stdout || stderr !== process.stderr || stdout.isTTY || isCi(env)) return false
  try {
    const [one, other] = [STDOUT, STDERR].map((fd) => fstatSync(fd, { bigint: true }))
    return one?.dev !== other?.dev || one?.ino !== other?.ino
  } catch {
    // one of them is closed
    return false
  }
}
