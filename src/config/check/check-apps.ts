// Checks what a config file exports: one config, or a list of them, an app each.
import type { CheckedApps } from '../checked-config.ts'
import { checkConfig, examineConfig } from './check-config.ts'
import { compareApps } from './compare-apps.ts'
import { configProblems } from './config-problems.ts'
import { hideWritten } from './hide-written.ts'
import type { Problem } from './problem.ts'

/**
 * Checks all apps of a file.
 * @param file absolute path, for messages and relative paths
 * @param text of the file, in which the places of mistakes are found
 * @returns one for each app, in order
 * @throws ConfigError with one line for each thing that is wrong in any of them
 */
export function checkApps(file: string, exported: unknown, text = ''): CheckedApps {
  if (!Array.isArray(exported)) return [checkConfig(file, exported, text)]
  const wrong = (problems: readonly Problem[]) => {
    hideWritten(exported)
    return configProblems({ file, text, apps: exported.map(nameOf) }, problems)
  }
  if (exported.length === 0)
    throw wrong([{ path: '', message: 'is an empty list: it must have at least one app' }])
  const results = exported.map((each) => examineConfig(file, each))
  const named = results.map(({ config, problems = [] }, index) => {
    const isNamed = problems.every(({ path }) => path !== 'app')
    return { name: isNamed ? nameOf(exported[index]) : undefined, config }
  })
  const problems = [
    ...results.flatMap((each, index) => problemsIn(each, `[${index}]`)),
    ...compareApps(named),
  ]
  if (problems.length > 0) throw wrong(problems)
  // none is missing, and there is one at least
  const configs = results.flatMap(({ config }) => config ?? [])
  const apps = configs.map(({ recipe }) => recipe.app)
  return configs.map((config, index) => ({
    ...config,
    apps,
    sources: { written: [], steps: [], ...config.sources, entry: `[${index}]` },
  })) as unknown as CheckedApps
}

function problemsIn({ problems = [] }: { problems?: readonly Problem[] }, entry: string): Problem[] {
  return problems.map(({ path, message }) => ({ path: path === '' ? entry : `${entry}.${path}`, message }))
}

/** As far as it has one. */
function nameOf(exported: unknown): string | undefined {
  const app =
    typeof exported === 'object' && exported !== null && 'app' in exported ? exported.app : undefined
  return typeof app === 'string' ? app : undefined
}
