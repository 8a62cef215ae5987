// The hosts whose keys a person wants to look at: those of the config, and each with the jump hosts on the way to it.
import type { CheckedApps, CheckedConfig } from '../config/checked-config.ts'
import { UsageError } from '../errors.ts'
import type { HostTrust } from '../results/host-trust.ts'
import type { Dial } from '../ssh/dial.ts'
import { askSettings } from '../ssh/settings/ask-settings.ts'
import type { HostSettings } from '../ssh/settings/host-settings.ts'
import { nameCommand } from '../words/command.ts'
import { didYouMean } from '../words/did-you-mean.ts'
import { sayUnread } from './say-unread.ts'
import { withCredentials } from './secrets/credentials.ts'
import { trustHost } from './trust-host.ts'

/**
 * Goes through the hosts one after the other, since each may be a question. What lies behind a host that is not trusted is not reached.
 * @param configs the apps whose hosts may be named
 * @throws UsageError for a name that none of them has
 */
export async function trustHosts(
  configs: CheckedApps,
  names: readonly string[],
  dial: Dial,
): Promise<HostTrust[]> {
  const trusts: HostTrust[] = []
  const seen = new Set<string>()
  const hosts = await findHosts(configs, names)
  sayUnread(hosts)
  for (const host of hosts) {
    for (const settings of wayOf(host)) {
      const key = keyOf(settings)
      if (seen.has(key)) continue
      seen.add(key)
      const onTheWayTo = settings === host ? undefined : host.name
      const trust = await trustHost({ settings, dial, onTheWayTo })
      trusts.push(trust)
      if ('error' in trust) break
    }
  }
  return trusts
}

/** What says as whom to log in, and how: the host's key is the same for all. */
const LOGIN: ReadonlySet<string> = new Set<keyof HostSettings>([
  'user',
  'identityFiles',
  'isIdentityNamed',
  'isIdentityOnly',
  'agentSocket',
  'certificateFiles',
  'connectTimeoutMs',
])

/** What a host's key depends on: where the host is, and what is known of it. */
function keyOf(settings: HostSettings): string {
  return JSON.stringify(settings, (name, value) => (LOGIN.has(name) ? undefined : value))
}

/** Of each app that has a host of the name: what they say of it may differ. */
async function findHosts(configs: CheckedApps, names: readonly string[]): Promise<HostSettings[]> {
  const known = await Promise.all(configs.map(askAll))
  return names.flatMap((name) => {
    const found = known.flatMap((hosts) => hosts.find((each) => each.name === name) ?? [])
    if (found.length > 0) return found
    const all = [...new Set(known.flat().map((each) => each.name))]
    const [{ apps, recipe }] = configs
    const who = apps.length > configs.length ? `the app '${recipe.app}' of the config` : 'the config'
    // that command is about one app
    const look = `See how each is reached: ${nameCommand('hosts', undefined)}`
    throw new UsageError(`${who} has no host '${name}'`, {
      suggestions: [
        ...didYouMean(name, all),
        ...(all.length > 0
          ? [`It has: ${all.join(', ')}.`, ...(configs.length > 1 ? [] : [look])]
          : ['It has only a sandbox. Add an environment with `hosts` to it: docs/start.md shows how.']),
      ],
    })
  })
}

/** All hosts of the config, those of the default environment first, then their jump hosts. */
async function askAll(config: CheckedConfig): Promise<HostSettings[]> {
  const isDefault = ({ name }: { name: string }) => name === config.defaultEnvironment
  const environments = [
    ...config.environments.filter(isDefault),
    ...config.environments.filter((each) => !isDefault(each)),
  ]
  const hosts: HostSettings[] = []
  for (const environment of environments) {
    if (environment.kind === 'hosts')
      hosts.push(...(await askSettings(environment.hosts, withCredentials(environment.ssh))))
  }
  return [...hosts, ...hosts.flatMap((host) => wayOf(host).slice(0, -1))]
}

/** The jump hosts on the way, the first one first, and the host itself. */
function wayOf(host: HostSettings): HostSettings[] {
  return [...(host.via ? wayOf(host.via) : []), host]
}
