// ssh is asked once for all hosts that the same lines of its config are for: a call takes 5 to 10 ms of a processor, which adds up.
// Which lines those are is told without ssh; where only ssh can tell, it is asked about the host itself.

import { askConfig, type ConfigAnswer } from './ask-config.ts'
import { type SshAnswers, type SshQuestion, tellFiles } from './ask-ssh.ts'
import type { ConfigLine } from './config-lines.ts'
import { type ReadConfig, readSshConfig } from './read-ssh-config.ts'
import type { LocalFacts } from './resolve-settings.ts'

/** What ssh said of the first host of a kind, if it holds for others. */
type Shared = Promise<SshAnswers | undefined>

/** The answers of one command. */
export class SharedAnswers {
  readonly #local: LocalFacts
  readonly #files = new Map<string, ConfigLine[]>()
  readonly #kinds = new Map<string, Shared>()
  #ownFiles: Promise<readonly string[] | undefined> | undefined

  constructor(local: LocalFacts) {
    this.#local = local
  }

  /** What ssh_config has for a host. @throws ConfigError when ssh can't read its config */
  async ask(question: SshQuestion): Promise<ConfigAnswer> {
    const read = readSshConfig(question, this.#local, { kept: this.#files })
    if (read.unread.length > 0 || !(await this.#isRead(question, read)))
      return askConfig(question, this.#local)
    const { name: _, address, ...same } = question
    const kind = JSON.stringify([same, address === undefined, read.blocks])
    const known = this.#kinds.has(kind) ? await this.#kinds.get(kind) : undefined
    if (known) return { answers: withName(known, nameIn(question, read)) }
    const asked = askConfig(question, this.#local)
    if (!this.#kinds.has(kind)) {
      // while the first one is being asked about, the others wait
      const held = asked.then(({ answers }) =>
        holdsForOthers(answers, question, read) ? answers : undefined,
      )
      this.#kinds.set(
        kind,
        held.catch(() => undefined),
      )
    }
    return asked
  }

  /** Whether these are the files that ssh itself reads: some are built to read others. */
  async #isRead(question: SshQuestion, { files }: ReadConfig): Promise<boolean> {
    this.#ownFiles ??= tellFiles(question, this.#local.home)
    const own = await this.#ownFiles
    return own?.every((file) => files.includes(file)) ?? false
  }
}

/** The name that ssh says it would connect to. */
function nameIn({ name, address }: SshQuestion, { answers }: ReadConfig): string {
  return answers.get('hostname')?.[0] ?? (address ?? name).toLowerCase()
}

/** Not if anything but the name that it connects to has been made of this host's name. */
function holdsForOthers(answers: SshAnswers, question: SshQuestion, read: ReadConfig): boolean {
  const address = nameIn(question, read)
  if (answers.get('hostname')?.[0] !== address) return false
  return [...answers].every(
    ([keyword, values]) =>
      keyword === 'hostname' ||
      keyword === 'host' ||
      !values.some((value) => value.includes(question.name) || value.includes(address)),
  )
}

function withName(answers: SshAnswers, address: string): SshAnswers {
  return new Map([...answers, ['hostname', [address]]])
}
