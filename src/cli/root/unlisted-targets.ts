// Where a script for root goes that the config does not name: a typing mistake gives rights on another machine.
import type { CheckedConfig } from '../../config/checked-config.ts'
import { foldHosts } from '../../ui/views/fold-hosts.ts'
import { chooseEnvironment } from '../choose-hosts.ts'

/** The host of ADMIN@HOST. */
export function hostOfTarget(target: string): string {
  return target.slice(target.lastIndexOf('@') + 1)
}

/**
 * Says which targets are not hosts of the environment; of no environment of the config, if none is named.
 * @returns a sentence without a full stop; nothing if all are
 * @throws UsageError
 */
export function tellUnlisted(
  config: CheckedConfig,
  named: string | undefined,
  targets: readonly string[],
): string | undefined {
  const environments = named === undefined ? config.environments : [chooseEnvironment(config, named)]
  const hosts = environments.flatMap((each) => (each.kind === 'hosts' ? each.hosts : []))
  const known = new Set(hosts.flatMap(({ name, address = name }) => [name, address].map(asCompared)))
  const unlisted = [...new Set(targets.map(hostOfTarget))].filter((host) => !known.has(asCompared(host)))
  if (unlisted.length === 0) return undefined
  const quoted = unlisted.map((host) => `'${host}'`).join(', ')
  const where = named === undefined ? 'in the config' : `of '${named}'`
  const what = unlisted.length === 1 ? `${quoted} is not a host` : `${quoted} are not hosts`
  const names = [...new Set(hosts.map(({ name }) => name))]
  return `${what} ${where}${names.length === 0 ? '' : `, which has ${foldHosts(names)}`}`
}

/** Names of hosts are the same in both cases of letters. */
function asCompared(host: string): string {
  return host.toLowerCase()
}
