// What ssh_config has for a host: as ssh says, or as far as it can be read without ssh.
import { askSsh, type SshAnswers, type SshQuestion } from './ask-ssh.ts'
import type { UnreadConfig } from './host-settings.ts'
import type { LocalFacts } from './resolve-settings.ts'

/** What is known of a host; `unread` where only ssh could tell, and there is none. */
export type ConfigAnswer = { answers: SshAnswers; unread?: readonly UnreadConfig[] }

/** Asks about one host. @throws ConfigError when ssh can't read its config */
export async function askConfig(question: SshQuestion, local: LocalFacts): Promise<ConfigAnswer> {
  const answers = await askSsh(question, local.home)
  if (answers) return { answers }
  const { readSshConfig } = await import('./read-ssh-config.ts')
  return readSshConfig(question, local)
}
