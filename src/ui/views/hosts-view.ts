// Hosts, and how they would be reached.
import type { ResolvedHost } from '../../results/resolved-host.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'

/** A line for each host: `web1  alice@192.0.2.4:22  by way of bastion`. */
export function formatHosts(hosts: readonly ResolvedHost[]): string[] {
  const names = widthOf(hosts.map(({ host }) => host))
  const places = widthOf(hosts.map(placeOf))
  return hosts.map((each) => {
    const way = each.via.map(({ host }) => host).join(', ')
    const line = `${each.host.padEnd(names)}  ${placeOf(each).padEnd(places)}`
    return way ? `${line}  by way of ${way}` : line.trimEnd()
  })
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
  const keywords = widthOf(settings.map(({ keyword }) => keyword))
  const values = widthOf(settings.map(({ value }) => value))
  return settings.map(
    ({ keyword, value, origin }) => `  ${keyword.padEnd(keywords)}  ${value.padEnd(values)}  ${origin}`,
  )
}

function placeOf({ user, address, port }: ResolvedHost): string {
  return `${user}@${address.includes(':') ? `[${address}]` : address}:${port}`
}

function widthOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length))
}
