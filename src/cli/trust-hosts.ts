// The hosts whose keys a person wants to look at: those of the config, and each with the jump hosts on the way to it.
import type { CheckedApps, CheckedConfig } from '../config/checked-config.ts'
import { ShipitError, UsageError } from '../errors.ts'
import type { HostTrust } from '../results/host-trust.ts'
import type { Dial } from '../ssh/dial.ts'
import { askSettings } from '../ssh/settings/ask-settings.ts'
import type { HostSettings } from '../ssh/settings/host-settings.ts'
import { nameCommand } from '../words/command.ts'
import { didYouMean } from '../words/did-you-mean.ts'
import { sayUnread } from './say-unread.ts'
import { withCredentials } from './secrets/credentials.ts'
import { trustHost } from './trust-host.ts'

/** The apps of a config whose hosts may be named, and those that are not asked. */
export type TrustedApps = { chosen: CheckedApps; others: readonly CheckedConfig[] }

/**
 * Goes through the hosts one after the other, since each may be a question. What lies behind a host that is not trusted is not reached.
 * Where no way of one app leads to a host, that of the next app is tried.
 * @returns last the hosts of which an app says something wrong
 * @throws UsageError for a name that none of the chosen apps has
 * @throws ConfigError if all that is said of the hosts is wrong
 */
export async function trustHosts(
  apps: TrustedApps,
  names: readonly string[],
  dial: Dial,
): Promise<HostTrust[]> {
  const trusts: HostTrust[] = []
  const known = new Map<string, HostTrust>()
  const tried = new Set<string>()
  const { hosts, wrong } = await findHosts(apps, names)
  sayUnread(hosts)
  for (const host of hosts) {
    for (const settings of wayOf(host)) {
      const key = keyOf(settings)
      const way = JSON.stringify([key, settings.via])
      const before = known.get(key)
      if (!before || (before.state === 'unreachable' && !tried.has(way))) {
        tried.add(way)
        const onTheWayTo = settings === host ? undefined : host.name
        const trust = await trustHost({ settings, dial, onTheWayTo })
        // of several ways that fail, the first is told
        if (before && trust.state !== 'unreachable') trusts.splice(trusts.indexOf(before), 1)
        if (!before || trust.state !== 'unreachable') {
          trusts.push(trust)
          known.set(key, trust)
        }
      }
      const trust = known.get(key)
      if (trust && 'error' in trust) break
    }
  }
  return [...trusts, ...wrong]
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

type Found = { hosts: HostSettings[]; wrong: HostTrust[] }

/** Of each app that has a host of the name: what they say of it may differ. */
async function findHosts({ chosen, others }: TrustedApps, names: readonly string[]): Promise<Found> {
  const known = await Promise.all(chosen.map(askAll))
  const hosts: HostSettings[] = []
  const wrong: Found['wrong'] = []
  for (const name of names) {
    const found = known.flatMap((each) => each.hosts.find((host) => host.name === name) ?? [])
    const failed = known.flatMap((each) => each.wrong.filter(({ host }) => host === name))
    if (found.length + failed.length === 0) throw noHost(name, { chosen, others, known })
    hosts.push(...found)
    wrong.push(...failed)
  }
  const [first] = wrong
  if (hosts.length === 0 && first && 'error' in first) throw first.error
  return { hosts, wrong }
}

function noHost(name: string, { chosen, others, known }: TrustedApps & { known: readonly Found[] }) {
  const wrong = known.flatMap((each) => each.wrong)
  const all = new Set(
    known.flatMap((each) => [...each.hosts.map((host) => host.name), ...each.wrong.map(({ host }) => host)]),
  )
  const who = others.length > 0 ? `the app '${chosen[0].recipe.app}' of the config` : 'the config'
  // that command is about one app
  const look = chosen.length > 1 ? [] : [`See how each is reached: ${nameCommand('hosts', undefined)}`]
  const owner = others.find((config) => namesOf(config).includes(name))?.recipe.app
  return new UsageError(`${who} has no host '${name}'`, {
    suggestions: [
      ...(owner === undefined
        ? didYouMean(name, [...all])
        : [`The app '${owner}' has it: pass --app ${owner}.`]),
      ...(all.size > 0
        ? [`It has: ${[...all].join(', ')}.`, ...look]
        : ['It has only a sandbox. Add an environment with `hosts` to it: docs/start.md shows how.']),
      ...new Set(
        wrong.flatMap((each) =>
          'error' in each ? [`The way to '${each.host}' is not known: ${each.error.message}.`] : [],
        ),
      ),
    ],
  })
}

function namesOf({ environments }: CheckedConfig): string[] {
  return environments.flatMap((each) => (each.kind === 'hosts' ? each.hosts.map(({ name }) => name) : []))
}

/** All hosts of the config, those of the default environment first, then their jump hosts. */
async function askAll(config: CheckedConfig): Promise<Found> {
  const isDefault = ({ name }: { name: string }) => name === config.defaultEnvironment
  const environments = [
    ...config.environments.filter(isDefault),
    ...config.environments.filter((each) => !isDefault(each)),
  ]
  const hosts: HostSettings[] = []
  const wrong: Found['wrong'] = []
  for (const environment of environments) {
    if (environment.kind !== 'hosts') continue
    const ssh = withCredentials(environment.ssh)
    try {
      hosts.push(...(await askSettings(environment.hosts, ssh)))
    } catch {
      // something is wrong with one of them at least: each is asked by itself
      for (const host of environment.hosts) {
        try {
          hosts.push(...(await askSettings([host], ssh)))
        } catch (error) {
          if (!(error instanceof ShipitError)) throw error
          wrong.push({ host: host.name, state: 'unreachable', error })
        }
      }
    }
  }
  return { hosts: [...hosts, ...hosts.flatMap((host) => wayOf(host).slice(0, -1))], wrong }
}

/** The jump hosts on the way, the first one first, and the host itself. */
function wayOf(host: HostSettings): HostSettings[] {
  return [...(host.via ? wayOf(host.via) : []), host]
}
