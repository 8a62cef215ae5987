// The beginning that the commands share which ask about runs: the config, the environment that is meant, its hosts.
import type { CheckedConfig, CheckedEnvironment } from '../config/checked-config.ts'
import type { PlannedStep, RunEvent } from '../protocol/event.ts'
import { planSteps } from '../recipe/planned-steps.ts'
import { chooseEnvironment } from './choose-hosts.ts'
import { type ConfigWords, loadConfig } from './load-config.ts'
import { type Package, type Reach, reachHosts } from './reach-hosts.ts'

/** What a command works with. */
export type Opened = { config: CheckedConfig; environment: CheckedEnvironment; reach: Reach; app: string }

/** What the words of a command line say of it. */
export type Words = {
  environment?: string | undefined
  host?: readonly string[] | undefined
} & ConfigWords

/** Loads the config and resolves the hosts; opens nothing but the sandbox. */
export async function openHosts(words: Words, shipit: Package): Promise<Opened> {
  const config = await loadConfig(words)
  const environment = chooseEnvironment(config, words.environment)
  const reach = await reachHosts({ config, environment, hosts: words.host }, shipit)
  return { config, environment, reach, app: config.recipe.app }
}

/** Plans the rows of a run that is known by its record; where the recipe has changed since, the host's own steps count. */
export function planOf(
  { config, environment }: Pick<Opened, 'config' | 'environment'>,
  run: Pick<RunEvent, 'flags'>,
): PlannedStep[] {
  const flags = run.flags.map((flag) => {
    const [name = '', value] = flag.split('=')
    return value === undefined ? { name } : { name, value }
  })
  return planSteps(config.recipe, flags, environment.kind === 'sandbox' ? 'sandbox' : 'host')
}
