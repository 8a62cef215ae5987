// What an older ssh does not know: it would not start with such an option, and can't be told by ssh_config to do what that forbids.
import { runProgram } from '../../programs/run-program.ts'

const LIMIT_MS = 5000

/** What shipit sets of OpenSSH 8.5 and 8.7, both of 2021; each with a value that it has. */
const NEWER: Readonly<Record<string, string>> = {
  KnownHostsCommand: 'none',
  SessionType: 'default',
  ForkAfterAuthentication: 'no',
  StdinNull: 'no',
}

let asked: Promise<ReadonlySet<string>> | undefined

/** Takes out of the words of a command line the options that the ssh of this machine does not know. It is asked once. */
export async function knownOptions(words: readonly string[]): Promise<string[]> {
  asked ??= askUnknown()
  const unknown = await asked
  const isUnknown = (at: number) => words[at] === '-o' && unknown.has(words[at + 1]?.split('=')[0] ?? '')
  return words.filter((_, at) => !isUnknown(at) && !isUnknown(at - 1))
}

async function askUnknown(): Promise<ReadonlySet<string>> {
  if (await takes(NEWER)) return new Set()
  const answers = await Promise.all(
    Object.entries(NEWER).map(async ([name, value]) => ((await takes({ [name]: value })) ? [] : [name])),
  )
  return new Set(answers.flat())
}

async function takes(options: Readonly<Record<string, string>>): Promise<boolean> {
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const { failure } = await runProgram(['ssh', '-G', '-F', 'none', ...words, '--', 'host'], {
    timeout: LIMIT_MS,
  })
  return !failure
}
