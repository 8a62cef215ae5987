// The apps of one file against each other: what only a host would refuse, once the second of them is installed there.
import type { CheckedConfig } from '../checked-config.ts'
import { hostsInCommon } from './compare-environments.ts'
import type { Problem } from './problem.ts'

/** Names each app that can't be beside an earlier one. */
export function compareApps(configs: readonly CheckedConfig[]): Problem[] {
  return configs.flatMap((config, index) => {
    const path = `[${index}]`
    const earlier = configs.slice(0, index)
    const { app } = config.recipe
    if (earlier.some(({ recipe }) => recipe.app === app))
      return [{ path: `${path}.app`, message: 'is also the name of an earlier app in the list' }]
    return earlier
      .flatMap((other) => describeAccount(config, other) ?? [])
      .slice(0, 1)
      .map((message) => ({
        path: `${path}.account`,
        message,
      }))
  })
}

/** remote/install/accounts/apart.sh refuses it, too. */
function describeAccount(config: CheckedConfig, other: CheckedConfig): string | undefined {
  const { app, account } = config.recipe
  if (account !== other.recipe.account) return undefined
  if (config.access.sharedAccount && other.access.sharedAccount) return undefined
  const [host] = hostsInCommon(config.environments, other.environments)
  if (host === undefined) return undefined
  return (
    `is '${account}', which also runs '${other.recipe.app}' on '${host}', so that each app could rewrite the other: give one of them an ` +
    `account of its own (account: 'deploy-${app}'), or say sharedAccount: true in both`
  )
}
