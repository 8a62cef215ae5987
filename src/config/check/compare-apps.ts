// The apps of one file against each other: names, and on hosts that they have in common, accounts and published folders.
import type { CheckedConfig } from '../checked-config.ts'
import { hostsInCommon } from './compare-environments.ts'
import { compareWithApp } from './compare-targets.ts'
import type { PlacedStep, Problem } from './problem.ts'

/** An app of the file; without a config where something in it is wrong. */
type App = { name: string | undefined; config?: CheckedConfig | undefined }

/** Names what keeps an app from being beside an earlier one. */
export function compareApps(apps: readonly App[]): Problem[] {
  return apps.flatMap(({ name, config }, index) => {
    const earlier = apps.slice(0, index)
    const isTaken = name !== undefined && earlier.some((other) => other.name === name)
    const problems = isTaken
      ? [{ path: 'app', message: 'is also the name of an earlier app in the list' }]
      : earlier.flatMap((other) => (config && other.config ? compareTwo(config, other.config) : []))
    // of several apps that one of its keys is in the way of, the first is told
    const paths = problems.map(({ path }) => path)
    return problems
      .filter(({ path }, at) => paths.indexOf(path) === at)
      .map(({ path, message }) => ({ path: `[${index}].${path}`, message }))
  })
}

function compareTwo(config: CheckedConfig, other: CheckedConfig): Problem[] {
  const [host] = hostsInCommon(config.environments, other.environments)
  if (host === undefined) return []
  const account = describeAccount({ config, other, host })
  return [
    ...(account === undefined ? [] : [{ path: 'account', message: account }]),
    ...compareWithApp({ app: other.recipe.app, placed: placedOf(other) }, placedOf(config)),
  ]
}

/** remote/install/accounts/apart.sh refuses it, too. */
function describeAccount({
  config,
  other,
  host,
}: {
  config: CheckedConfig
  other: CheckedConfig
  host: string
}): string | undefined {
  const { app, account } = config.recipe
  if (account !== other.recipe.account) return undefined
  if (config.access.sharedAccount && other.access.sharedAccount) return undefined
  return (
    `is '${account}', which also runs '${other.recipe.app}' on '${host}', so that each app could rewrite the other: give one of them an ` +
    `account of its own (account: 'deploy-${app}'), or say sharedAccount: true in both`
  )
}

function placedOf({ recipe, sources }: CheckedConfig): PlacedStep[] {
  return recipe.steps.map((step, index) => ({ step, path: sources?.steps[index] ?? `steps[${index}]` }))
}
