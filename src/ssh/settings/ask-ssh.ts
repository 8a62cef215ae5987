// What ssh(1) itself would use for a host. `ssh -G` reads every ssh_config file, with Host, Match and Include, and prints the
// result, so nothing of that language is known here.
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { runProgram } from '../../programs/run-program.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { shellWord } from '../../words/shell-word.ts'

/** A host as ssh is asked about it; what is given here wins over ssh_config. */
export type SshQuestion = {
  /** as typed after `ssh` */
  name: string
  user?: string
  port?: number
  address?: string
  /** `user@host:port`, or several with commas; `none` for no jump host */
  proxyJump?: string
}

/** What ssh answers: the values of each keyword, in lower case, in ssh's order. */
export type SshAnswers = ReadonlyMap<string, readonly string[]>

/** A config with `Match exec` may start programs, which may wait for something. */
const LIMIT_MS = 10_000
const LIMITS = { timeout: LIMIT_MS, maxBuffer: 1024 * 1024 }

/**
 * Asks ssh what it would use for a host.
 * @returns nothing where there is no ssh, or it is not executable
 * @throws ConfigError when ssh can't read its config; MachineError where this machine has no room for it
 */
export function askSsh(question: SshQuestion, home: string): Promise<SshAnswers | undefined> {
  return ask(question, [...configWords(home), ...questionWords(question)])
}

/** Asks ssh which files of its config it reads for a host; nothing where it does not say. */
export async function tellFiles(question: SshQuestion, home: string): Promise<string[] | undefined> {
  const words = ['-v', '-G', ...configWords(home), ...questionWords(question)]
  const { stderr, failure } = await runProgram(['ssh', ...words], LIMITS)
  const isTold = !failure && stderr.includes('OpenSSH_')
  const files = stderr.matchAll(/^debug1: Reading configuration data (.*?)\r?$/gm)
  return isTold ? [...files].map(([, file = '']) => file) : undefined
}

/** Asks ssh what it would use without any ssh_config. */
export function askSshAlone(question: SshQuestion): Promise<SshAnswers | undefined> {
  return ask(question, ['-F', 'none', ...questionWords(question)])
}

async function ask(question: SshQuestion, words: readonly string[]): Promise<SshAnswers | undefined> {
  // ssh does nothing for an account without an entry in passwd(5), as containers like to have
  if (homeOfAccount() === undefined) return undefined
  const { stdout, stderr, failure } = await runProgram(['ssh', '-G', ...words], LIMITS)
  if (!failure) return parseAnswers(stdout)
  const { isStarted, isLate, error } = failure
  if (isStarted) throw explain({ question, words, said: stderr, late: isLate, cause: error })
  const { code } = error.cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'EACCES') return undefined
  throw error
}

/** Parses what `ssh -G` prints: a keyword and its value on each line. */
function parseAnswers(text: string): SshAnswers {
  const answers = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, keyword, value] = /^([a-z0-9]+) (.*)$/i.exec(line.trimEnd()) ?? []
    if (keyword === undefined || value === undefined) continue
    const key = keyword.toLowerCase()
    answers.set(key, [...(answers.get(key) ?? []), value])
  }
  return answers
}

/** ssh takes the home directory of passwd(5). Where HOME names another one, that one's config is meant, and no other. */
export function configWords(home: string): string[] {
  if (process.platform === 'win32' || home === homeOfAccount()) return []
  const file = join(home, '.ssh', 'config')
  return ['-F', existsSync(file) ? file : 'none']
}

/** Asked once: it is wanted for each host. */
let ofAccount: { home: string | undefined } | undefined

function homeOfAccount(): string | undefined {
  ofAccount ??= { home: readHome() }
  return ofAccount.home
}

function readHome(): string | undefined {
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}

function questionWords({ name, user, port, address, proxyJump }: SshQuestion): string[] {
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(address === undefined ? [] : ['-o', `HostName=${address}`]),
    ...(proxyJump === undefined ? [] : ['-o', `ProxyJump=${proxyJump}`]),
    '--',
    name,
  ]
}

type Failed = { question: SshQuestion; words: readonly string[]; said: string; late: boolean; cause: unknown }

function explain({ question, words, said, late, cause }: Failed): ConfigError {
  const why = late ? `no answer within ${LIMIT_MS / 1000} s` : cleanQuote(said.trim()) || 'it failed'
  return new ConfigError(`ssh cannot read its settings for '${question.name}': ${why}`, {
    cause,
    suggestions: [
      `Fix its config file. See what it says: \`${['ssh', '-G', ...words].map(shellWord).join(' ')}\`.`,
    ],
  })
}
