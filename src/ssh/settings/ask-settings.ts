// The settings of the hosts of a command: ssh is asked about each, and about each jump host on the way.

import { availableParallelism } from 'node:os'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { Turns } from '../connection/turns.ts'
import { askConfig, type ConfigAnswer } from './ask-config.ts'
import { configWords, type SshQuestion } from './ask-ssh.ts'
import type { HostSettings, SettingsOfEnvironment, SettingsOfHost } from './host-settings.ts'
import { type LocalFacts, readLocalFacts, resolveSettings } from './resolve-settings.ts'

/**
 * Asks ssh how to reach the hosts of an environment, several at a time, and once for all that its config has the same for.
 * @throws ConfigError when ssh can't read its config, when nothing says as whom to log in, or when jump hosts lead in a circle
 */
export async function askSettings(
  hosts: readonly SettingsOfHost[],
  ssh: SettingsOfEnvironment = {},
  local: LocalFacts = readLocalFacts(process.env),
): Promise<HostSettings[]> {
  const hops = new Map<string, Promise<HostSettings>>()
  const ask = await chooseAsk(hosts.length, local)
  const settings: HostSettings[] = []
  let next = 0
  const turns = new Turns()
  const work = async () => {
    for (let index = next++; index < hosts.length; index = next++) {
      await turns.next()
      const host = hosts[index] as SettingsOfHost
      settings[index] = await askOne({ host, ssh, local, ask, hops, way: [] })
    }
  }
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work))
  return settings
}

type Asked = {
  host: SettingsOfHost
  ssh: SettingsOfEnvironment
  local: LocalFacts
  ask: (question: SshQuestion) => Promise<ConfigAnswer>
  /** jump hosts that were asked about already, by how they were written */
  hops: Map<string, Promise<HostSettings>>
  /** the jump hosts that wait for this one's answer */
  way: readonly string[]
}

/** Fewer are asked about one by one: to find out what they share would cost more. */
const MANY = 4

async function chooseAsk(hosts: number, local: LocalFacts): Promise<Asked['ask']> {
  if (hosts < MANY) return (question) => askConfig(question, local)
  const { SharedAnswers } = await import('./shared-answers.ts')
  const shared = new SharedAnswers(local)
  return (question) => shared.ask(question)
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

async function askOne({ host, ssh, local, ask, hops, way }: Asked): Promise<HostSettings> {
  const { answers, unread = [] } = await ask(questionOf(host, ssh))
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
  const known = hops.get(jump) ?? askHop(jump, { ssh, local, ask, hops, way: [...way, jump] })
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
