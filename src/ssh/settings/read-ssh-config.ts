// ssh_config where there is no ssh to ask: what of it can be told for certain, and the lines that can't. No program is started.
import { join } from 'node:path'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { configWords, type SshAnswers, type SshQuestion } from './ask-ssh.ts'
import { type ConfigLine, parseLines, readConfigFile } from './config-lines.ts'
import { READERS, REPEATED } from './config-values.ts'
import type { UnreadConfig } from './host-settings.ts'
import { findIncluded, isListed } from './patterns.ts'
import type { LocalFacts } from './resolve-settings.ts'

/** What the files have for a host. */
export type ReadConfig = {
  answers: SshAnswers
  unread: readonly UnreadConfig[]
  /** the files that were looked for */
  files: readonly string[]
  /** for each Host and Match, in order, whether it is for this host */
  blocks: string
}

/** A file of ssh_config; `isPersons` for one that must not be written by others. */
export type ConfigFile = { path: string; isPersons: boolean }

/** readconf.c, READCONF_MAX_DEPTH. */
const MOST_INCLUDES = 16

/** The files that ssh reads, in its order. */
export function configFiles(home: string): ConfigFile[] {
  const own = { path: join(home, '.ssh', 'config'), isPersons: true }
  // as for ssh, another home than the account's has a config of its own and no other
  if (configWords(home).length > 0) return [own]
  const etc =
    process.platform === 'win32' ? join(process.env.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh'
  return [own, { path: join(etc, 'ssh_config'), isPersons: false }]
}

/** Reads what ssh_config has for a host; what the question says wins. */
export function readSshConfig(
  question: SshQuestion,
  local: Pick<LocalFacts, 'home' | 'user'>,
  { files = configFiles(local.home), kept = new Map() }: ToRead = {},
): ReadConfig {
  const reading = new Reading(question, local, kept)
  for (const file of files) reading.readFile(file)
  if (reading.isFinalWanted) {
    reading.beginFinal()
    for (const file of files) reading.readFile(file)
  }
  return reading.result()
}

/** What to read: `kept` has the lines of files for as long as they are not to be read again. */
type ToRead = { files?: readonly ConfigFile[]; kept?: Map<string, ConfigLine[]> }

/** Whether a block is for a host; nothing where only ssh can tell. */
type Verdict = boolean | undefined

class Reading {
  readonly #question: SshQuestion
  readonly #local: Pick<LocalFacts, 'home' | 'user'>
  readonly #answers = new Map<string, string[]>()
  readonly #unread = new Map<string, Set<string>>()
  readonly #kept: Map<string, ConfigLine[]>
  readonly #files: string[] = []
  #blocks = ''
  #isFinal = false
  isFinalWanted = false

  constructor(
    question: SshQuestion,
    local: Pick<LocalFacts, 'home' | 'user'>,
    kept: Map<string, ConfigLine[]>,
  ) {
    this.#question = question
    this.#local = local
    this.#kept = kept
    const given = { user: question.user, port: question.port, proxyjump: question.proxyJump }
    for (const [keyword, value] of Object.entries(given))
      if (value !== undefined) this.#answers.set(keyword, [String(value)])
    if (question.address !== undefined) this.#answers.set('hostname', [question.address])
  }

  /** `Match final`: all is read once more, for the name that was found. */
  beginFinal(): void {
    this.#answers.set('hostname', [this.#host().toLowerCase()])
    this.#isFinal = true
  }

  result(): ReadConfig {
    const answers = new Map(this.#answers)
    const host = this.#host().toLowerCase()
    if (host === this.#question.name) answers.delete('hostname')
    else answers.set('hostname', [host])
    for (const [keyword, values] of answers) if (values.length === 0) answers.delete(keyword)
    const unread = [...this.#unread].map(([file, lines]) => ({ file, lines: [...lines] }))
    return { answers, unread, files: this.#files, blocks: this.#blocks }
  }

  readFile({ path, isPersons }: ConfigFile, depth = 0): void {
    let isActive = true
    for (const line of this.#linesOf(path, isPersons)) {
      const { keyword } = line
      if (keyword === 'host' || keyword === 'match' || keyword === '') {
        const verdict = this.#judge(line)
        if (verdict === undefined) this.#nameLine(path, line)
        isActive = verdict === true
        this.#blocks += isActive ? '+' : '-'
      } else if (isActive && keyword === 'include') {
        this.#include({ path, isPersons }, line, depth)
      } else if (isActive) {
        this.#take(path, line)
      }
    }
  }

  #linesOf(path: string, isPersons: boolean): ConfigLine[] {
    this.#files.push(path)
    const known = this.#kept.get(path)
    if (known) return known
    try {
      const lines = parseLines(readConfigFile(path, isPersons))
      this.#kept.set(path, lines)
      return lines
    } catch (error) {
      this.#name(path, `the whole file (${cleanQuote((error as Error).message)})`)
      return []
    }
  }

  #include({ path, isPersons }: ConfigFile, line: ConfigLine, depth: number): void {
    // relative to the folder of the first file, which includes nothing by itself
    const folder = isPersons ? join(this.#local.home, '.ssh') : '/etc/ssh'
    const found = line.words?.map((word) => findIncluded(word, { folder, home: this.#local.home }))
    if (depth < MOST_INCLUDES && found?.every((each) => each !== undefined)) {
      for (const each of found.flat()) this.readFile({ path: each, isPersons }, depth + 1)
    } else {
      this.#nameLine(path, line)
    }
  }

  #judge({ keyword, words }: ConfigLine): Verdict {
    if (words === undefined) return undefined
    if (keyword === 'match') return this.#judgeMatch(words)
    // after a final pass began, a Host block is for the name that was found (ssh.c)
    return isListed(words, this.#isFinal ? this.#host() : this.#question.name)
  }

  /** All criteria hold; those that only ssh can judge count where the others do. */
  #judgeMatch(words: readonly string[]): Verdict {
    let verdict: Verdict = true
    for (let index = 0; index < words.length; index++) {
      const [, no, criterion = ''] = /^(!?)(.*)$/.exec((words[index] ?? '').toLowerCase()) ?? []
      const hasArgument = !['all', 'canonical', 'final'].includes(criterion)
      const argument = hasArgument ? words[++index] : undefined
      const holds = hasArgument && argument === undefined ? undefined : this.#holds(criterion, argument ?? '')
      if (holds === (no === '!')) verdict = false
      else if (holds === undefined && verdict) verdict = undefined
    }
    return verdict
  }

  #holds(criterion: string, argument: string): Verdict {
    const { user: localUser } = this.#local
    const patterns = argument.split(',')
    const among = (text: string | undefined) => (text === undefined ? undefined : isListed(patterns, text))
    switch (criterion) {
      case 'all':
        return true
      case 'final':
        this.isFinalWanted = true
        return this.#isFinal
      case 'canonical':
        return this.#isFinal
      case 'host':
        return isListed(argument.toLowerCase().split(','), this.#host().toLowerCase())
      case 'originalhost':
        return isListed(argument.toLowerCase().split(','), this.#question.name.toLowerCase())
      case 'user':
        return among(this.#answers.has('user') ? this.#answers.get('user')?.[0] : localUser)
      case 'localuser':
        return among(localUser)
      default:
        return undefined
    }
  }

  /** The name that was found so far. */
  #host(): string {
    const { name, address } = this.#question
    if (address !== undefined) return address
    const written = this.#answers.get('hostname')?.[0]
    if (written === undefined || this.#isFinal) return written ?? name
    return written.replace(/%([%h])/g, (_, token: string) => (token === 'h' ? name : token))
  }

  #take(path: string, line: ConfigLine): void {
    const { keyword } = line
    // a name server is asked only when the host is called
    if (keyword === 'canonicalizehostname' && !/^no\b/i.test(line.rest)) this.#nameLine(path, line)
    const read = READERS.get(keyword)
    if (!read || (this.#isTaken(keyword) && !REPEATED.has(keyword))) return
    const value = read(line)
    if (value === undefined) this.#nameLine(path, line)
    const before = this.#answers.get(keyword) ?? []
    // what can't be read is still the first value: no later one takes its place
    const added = value === undefined || before.includes(value) ? [] : [value]
    this.#answers.set(keyword, [...before, ...added])
  }

  /** Of ProxyJump and ProxyCommand the first one counts, but for a jump host `none` (readconf.c, parse_jump). */
  #isTaken(keyword: string): boolean {
    if (this.#answers.has(keyword)) return true
    if (keyword === 'proxyjump') return this.#answers.has('proxycommand')
    const jump = this.#answers.get('proxyjump')
    return keyword === 'proxycommand' && jump !== undefined && jump[0] !== 'none'
  }

  #nameLine(path: string, { number, text }: ConfigLine): void {
    this.#name(path, `line ${number} (${cleanQuote(text)})`)
  }

  #name(path: string, line: string): void {
    this.#unread.set(path, (this.#unread.get(path) ?? new Set()).add(line))
  }
}
