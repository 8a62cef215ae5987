// Which environment and which of its hosts a command is about.

import type { CheckedConfig, CheckedEnvironment } from '../config/checked-config.ts'
import { UsageError } from '../errors.ts'
import { didYouMean } from '../words/did-you-mean.ts'

/**
 * Chooses the environment that was named, or the default one.
 * @throws UsageError
 */
export function chooseEnvironment(config: CheckedConfig, named: string | undefined): CheckedEnvironment {
  const name = named ?? config.defaultEnvironment
  const names = config.environments.map((each) => each.name)
  const known = names.join(', ')
  if (name === undefined) throw new UsageError(`name an environment: ${known}`)
  const found = config.environments.find((each) => each.name === name)
  if (found) return found
  throw new UsageError(`the config has no environment '${name}'`, {
    suggestions: [...didYouMean(name, names), `It has: ${known}.`],
  })
}

/** Keeps the hosts that were named with --host; all without it. @throws UsageError for a name that the environment does not have */
export function chooseHosts<Named extends { name: string }>(
  hosts: readonly Named[],
  named: readonly string[] | undefined,
  environment: string,
): readonly Named[] {
  if (!named) return hosts
  const names = hosts.map((host) => host.name)
  const unknown = named.find((name) => !hosts.some((host) => host.name === name))
  if (unknown !== undefined) {
    throw new UsageError(`environment '${environment}' has no host '${unknown}'`, {
      suggestions: [...didYouMean(unknown, names), `It has: ${names.join(', ')}.`],
    })
  }
  return hosts.filter((host) => named.includes(host.name))
}
