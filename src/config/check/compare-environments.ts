// Environments that have a host in common: an app is on a host once, so that a deploy to one replaces what the other shows. That may be
// meant (a canary, a region), and it must not be a way around the question that one of them asks.
import type { CheckedEnvironment } from '../checked-config.ts'
import type { Host } from '../define-config.ts'
import type { Problem } from './problem.ts'

type HostsEnvironment = Extract<CheckedEnvironment, { kind: 'hosts' }>

/** Two environments, in the order of the config, and the names that the first one has for their hosts. */
export type SharedHosts = { first: HostsEnvironment; second: HostsEnvironment; hosts: readonly string[] }

/** What one says of others, as it is written. */
export type Named = { sandbox?: true; after?: string | undefined }

/** An environment can come only after another one that has hosts, and that does not come after it in turn. */
export function checkAfter(environments: Readonly<Record<string, Named>>): Problem[] {
  const all = new Map(Object.entries(environments))
  return [...all].flatMap(([name, { after }]): Problem[] => {
    const path = `environments.${name}.after`
    const other = after === undefined ? undefined : all.get(after)
    if (after === undefined) return []
    if (!other) return [{ path, message: `names '${after}', and there is no such environment` }]
    if ('sandbox' in other) return [{ path, message: `names '${after}', which is the sandbox` }]
    return comesAfter(all, after, name) ? [{ path, message: `leads back to '${name}'` }] : []
  })
}

/** One leads to the other. */
function comesAfter(all: ReadonlyMap<string, Named>, from: string, to: string): boolean {
  let name: string | undefined = from
  for (let count = 0; name !== undefined && count <= all.size; count += 1) {
    if (name === to) return true
    name = all.get(name)?.after
  }
  return false
}

/** Names the hosts of the first environments that the second ones have, too. */
export function hostsInCommon(
  environments: readonly CheckedEnvironment[],
  others: readonly CheckedEnvironment[],
): string[] {
  const theirs = new Set(placesOf(others).map(({ place }) => place))
  return placesOf(environments).flatMap(({ name, place }) => (theirs.has(place) ? [name] : []))
}

function placesOf(environments: readonly CheckedEnvironment[]): { name: string; place: string }[] {
  return environments.flatMap((each) =>
    each.kind === 'hosts' ? each.hosts.map((host) => ({ name: host.name, place: placeOf(host, each) })) : [],
  )
}

/** Compares each environment with those before it, by the addresses that are connected to. */
export function findSharedHosts(environments: readonly CheckedEnvironment[]): SharedHosts[] {
  const real = environments.filter((each) => each.kind === 'hosts')
  return real.flatMap((second, index) =>
    real.slice(0, index).flatMap((first) => {
      const theirs = new Set(second.hosts.map((host) => placeOf(host, second)))
      const hosts = first.hosts.filter((host) => theirs.has(placeOf(host, first))).map(({ name }) => name)
      return hosts.length > 0 ? [{ first, second, hosts }] : []
    }),
  )
}

/**
 * An environment asks before a deploy if one that has a host in common with it asks, and it does not say itself whether it does.
 * @param saysConfirm names of those that say so
 */
export function inheritConfirm(
  environments: readonly CheckedEnvironment[],
  shared: readonly SharedHosts[],
  saysConfirm: ReadonlySet<string>,
): CheckedEnvironment[] {
  return environments.map((each) => {
    if (each.kind !== 'hosts' || saysConfirm.has(each.name)) return each
    const isAsked = shared.some(
      ({ first, second }) =>
        (first.name === each.name && second.confirm) || (second.name === each.name && first.confirm),
    )
    return isAsked ? { ...each, confirm: true } : each
  })
}

/** One sentence for each two environments, but for those that both say whether they ask. */
export function describeSharedHosts(
  app: string,
  shared: readonly SharedHosts[],
  saysConfirm: ReadonlySet<string>,
): string[] {
  return shared.flatMap(({ first, second, hosts }) => {
    const silent = [first, second].filter(({ name }) => !saysConfirm.has(name))
    if (silent.length === 0) return []
    const asks = first.confirm || second.confirm ? ' (shipit asks before a deploy to either)' : ''
    return (
      `environments '${first.name}' and '${second.name}' both have ${hosts.map((name) => `'${name}'`).join(', ')}: a deploy to one ` +
      `replaces '${app}' of the other${asks}; if you want that, set confirm to true or false in both`
    )
  })
}

/** A port that is not given is 22, or what ssh's settings say: the same for both. */
function placeOf({ name, address = name, port }: Host, { ssh }: HostsEnvironment): string {
  return `${address.toLowerCase().replace(/\.$/, '')} ${port ?? ssh.port ?? ''}`
}
