// Whether stdout and stderr end in one place.
import { fstatSync } from 'node:fs'
import { isCi } from '../../words/ci-system.ts'

const STDOUT = 1
const STDERR = 2

type Streams = { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream; env: NodeJS.ProcessEnv }

/** Says whether a person who does not see stdout sees stderr: in one log the same would stand there twice. */
export function isStderrApart({ stdout, stderr, env }: Streams): boolean {
  if (stdout !== process.stdout || stderr !== process.stderr || stdout.isTTY) return false
  try {
    const [one, other] = [fstatSync(STDOUT, { bigint: true }), fstatSync(STDERR, { bigint: true })]
    if (one.dev === other.dev && one.ino === other.ino) return false
    // a CI system puts the log together of what comes in two pipes; a file, or /dev/null, is a choice of the job
    return !isCi(env) || one.isFile() || one.isCharacterDevice()
  } catch {
    // one of them is closed
    return false
  }
}
