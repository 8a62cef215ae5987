// The settings of the hosts of a command: ssh is asked about each, and about each jump host on the way.

import { availableParallelism } from 'node:os'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { askSsh, configWords, type SshAnswers, type SshQuestion } from './ask-ssh.ts'
import type { HostSettings, SettingsOfEnvironment, SettingsOfHost, UnreadConfig } from './host-settings.ts'
import { type LocalFacts, readLocalFacts, resolveSettings } from './resolve-settings.ts'

/**
 * Asks ssh how to reach the hosts of an environment, several at a time.
 * @throws ConfigError when ssh can't read its config, when nothing says as whom to log in, or when jump hosts lead in a circle
 */
export async function askSettings(
  hosts: readonly SettingsOfHost[],
  ssh: SettingsOfEnvironment = {},
  local: LocalFacts = readLocalFacts(process.env),
): Promise<HostSettings[]> {
  const hops = new Map<string, Promise<HostSettings>>()
  const settings: HostSettings[] = []
  let next = 0
  const work = async () => {
    for (let index = next++; index < hosts.length; index = next++) {
      const host = hosts[index] as SettingsOfHost
      settings[index] = await askOne({ host, ssh, local, hops, way: [] })
    }
  }
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work))
  return settings
}

type Asked = {
  host: SettingsOfHost
  ssh: SettingsOfEnvironment
  local: LocalFacts
  /** jump hosts that were asked about already, by how they were written */
  hops: Map<string, Promise<HostSettings>>
  /** the jump hosts that wait for this one's answer */
  way: readonly string[]
}

/** What ssh is asked about a host: what the config says of it wins. */
export function questionOf(host: SettingsOfHost, ssh: SettingsOfEnvironment): SshQuestion {
  return {
    name: host.name,
    ...pick('user', host.user ?? ssh.user),
    ...pick('port', host.port ?? ssh.port),
    ...pick('address', host.address),
    ...pick('proxyJump', ssh.proxyJump),
  }
}

/** What ssh_config has for a host: as ssh says, or as far as it can be read without ssh. */
export async function askConfig(
  question: SshQuestion,
  local: LocalFacts,
): Promise<{ answers: SshAnswers; unread?: readonly UnreadConfig[] }> {
  const answers = await askSsh(question, local.home)
  if (answers) return { answers }
  const { readSshConfig } = await import('./read-ssh-config.ts')
  return readSshConfig(question, local)
}

async function askOne({ host, ssh, local, hops, way }: Asked): Promise<HostSettings> {
  const { answers, unread = [] } = await askConfig(questionOf(host, ssh), local)
  const settings: HostSettings = {
    ...resolveSettings({ host, ssh, answers }, local),
    configWords: configWords(local.home),
    ...(unread.length > 0 && { unread }),
  }
  const jump = answers.get('proxyjump')?.[0] ?? ssh.proxyJump
  if (jump === undefined || jump === 'none') return settings
  if (way.includes(jump)) {
    throw new ConfigError(`the jump hosts form a loop: ${[...way, jump].map(cleanQuote).join(' → ')}`, {
      suggestions: ['Check ProxyJump in ssh_config: a jump host must not go through itself.'],
    })
  }
  const known = hops.get(jump) ?? askHop(jump, { ssh, local, hops, way: [...way, jump] })
  hops.set(jump, known)
  return { ...settings, via: await known }
}

/**
 * Asks about a jump host. ssh reaches the last of a list by way of those before it, and each with its own settings; the key
 * and the known hosts that the config names are tried as well, since a CI job has no others.
 */
async function askHop(jump: string, { ssh, ...rest }: Omit<Asked, 'host'>): Promise<HostSettings> {
  const hops = jump.split(',')
  const own = await askOne({
    ...rest,
    host: parseHop(hops.at(-1) ?? ''),
    ssh: {
      ...pick('connectTimeout', ssh.connectTimeout),
      ...defined({ proxyJump: hops.length > 1 ? hops.slice(0, -1).join(',') : undefined }),
    },
  })
  const { identityFile, knownHostsFile } = ssh
  return {
    ...own,
    identityFiles: [...own.identityFiles, ...(identityFile === undefined ? [] : [identityFile])],
    knownHostsFiles: [...(knownHostsFile === undefined ? [] : [knownHostsFile]), ...own.knownHostsFiles],
  }
}

/** `user@host:port`, `user@[2001:db8::1]:port` or `ssh://user@host:port` (ssh(1), -J). */
export function parseHop(written: string): SettingsOfHost {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@/]+|[^@/]*::[^@/]*))(?::([0-9]+))?\/?$/.exec(
      written.trim(),
    ) ?? []
  const name = bracketed ?? plain
  if (!name || name.startsWith('-')) {
    throw new ConfigError(`ProxyJump names no host: '${cleanQuote(written)}'`, {
      suggestions: ["Write it as ssh -J takes it: 'user@host:port', several with commas."],
    })
  }
  return { name, ...pick('user', user), ...pick('port', port === undefined ? undefined : Number(port)) }
}

function pick<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>)
}
