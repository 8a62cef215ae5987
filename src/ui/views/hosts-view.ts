// Hosts, and how they would be reached.
import type { ResolvedHost } from '../../results/resolved-host.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { alignColumns } from '../output/columns.ts'

/** A line for each host: `web1  alice@192.0.2.4:22  by way of bastion`. */
export function formatHosts(hosts: readonly ResolvedHost[]): string[] {
  return alignColumns(
    hosts.map((each) => {
      const way = each.via.map(({ host }) => host).join(', ')
      return [each.host, placeOf(each), ...(way ? [`by way of ${way}`] : [])]
    }),
  )
}

/** All settings of each host, with the origin of each. */
export function formatResolvedHosts(hosts: readonly ResolvedHost[]): string[] {
  return hosts.flatMap((host, index) => [
    ...(index > 0 ? [''] : []),
    host.host,
    ...settingsOf(host),
    ...host.via.flatMap((hop) => [`  by way of ${hop.host}`, ...settingsOf(hop).map((line) => `  ${line}`)]),
  ])
}

/** One object for each host. */
export function formatHostsJson(hosts: readonly ResolvedHost[]): string[] {
  return hosts.map((host) => renderJsonLine({ event: 'host-settings', ...host }))
}

function settingsOf({ settings }: ResolvedHost): string[] {
  const rows = settings.map(({ keyword, value, origin }) => [keyword, value, origin])
  return alignColumns(rows).map((line) => `  ${line}`)
}

function placeOf({ user, address, port }: ResolvedHost): string {
  return `${user}@${address.includes(':') ? `[${address}]` : address}:${port}`
}
