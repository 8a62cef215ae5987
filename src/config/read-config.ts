// Finds and loads deploy.config.ts. The only user of cosmiconfig.
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cosmiconfig } from 'cosmiconfig'
import { ConfigError } from '../errors.ts'
import { checkConfig } from './check-config.ts'
import type { CheckedConfig } from './checked-config.ts'

const NAMES = ['deploy.config.ts', 'deploy.config.mts', 'deploy.config.js', 'deploy.config.mjs']

/**
 * Loads the config that is named, or the nearest one from a folder upwards, and checks it.
 * @param from absolute folder
 * @throws ConfigError if there is none, it can't be read as TypeScript, or something in it is wrong
 */
export async function loadConfig(from: string, named?: string): Promise<CheckedConfig> {
  const file = named === undefined ? nearestConfig(from) : resolve(from, named)
  if (file === undefined) {
    throw new ConfigError(`there is no deploy.config.ts in '${from}' or a folder above it`, {
      suggestions: ['Go to the folder of your project, or give the path of the config with --config.'],
    })
  }
  if (!existsSync(file)) {
    throw new ConfigError(`there is no config file '${file}'`, {
      suggestions: ['Give the path of a deploy.config.ts with --config.'],
    })
  }
  const explorer = cosmiconfig('deploy', {
    searchPlaces: NAMES,
    loaders: { '.ts': loadTypeScript, '.mts': loadTypeScript, '.js': loadModule, '.mjs': loadModule },
    searchStrategy: 'none',
    cache: false,
  })
  let found: Awaited<ReturnType<typeof explorer.load>>
  try {
    found = await explorer.load(file)
  } catch (error) {
    throw unreadable(file, error)
  }
  if (!found || found.isEmpty || found.config === undefined) {
    throw new ConfigError(`${file}: exports no config`, {
      suggestions: ["Write 'export default defineConfig({ … })'."],
    })
  }
  return checkConfig(file, found.config)
}

function nearestConfig(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = NAMES.map((name) => join(folder, name)).find((each) => existsSync(each))
    if (file !== undefined || folder === dirname(folder)) return file
  }
}

/** Loads a TypeScript module by Node's own type stripping, whatever the package around it says of its modules. */
async function loadTypeScript(file: string): Promise<unknown> {
  const url = pathToFileURL(realpathSync(file)).href
  const hooks = registerHooks({
    load: (loaded, context, next) =>
      next(loaded, loaded === url ? { ...context, format: 'module-typescript' } : context),
  })
  try {
    return await loadModule(file)
  } finally {
    hooks.deregister()
  }
}

async function loadModule(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(realpathSync(file)).href)) as { default?: unknown }
    return module.default
  } catch (error) {
    // cosmiconfig notes the file in it, which a text can't hold
    throw error instanceof Error ? error : new Error(String(error))
  }
}

function unreadable(file: string, error: unknown): ConfigError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const told = headOf(stack)
  // Node has the line of a wrong JavaScript module only when it prints it
  const checked = told.startsWith('SyntaxError') ? spawnSync(process.execPath, ['--check', file]).stderr : ''
  const head = headOf(String(checked)) || told
  const place = placeIn(dirname(realpathSync(file)), stack)
  const suggestions = SUGGESTIONS.flatMap(([symptom, suggestion]) => (symptom.test(head) ? [suggestion] : []))
  return new ConfigError(`cannot load ${file}: ${head}${place}`, { suggestions, cause: error })
}

const SUGGESTIONS = [
  [/does not provide an export named/, "If it is a type, write 'import type { … }'."],
  [
    /Cannot find (?:module|package)/,
    "Install what it imports ('npm ci'), and write relative imports with their ending: './hosts.ts'.",
  ],
  [
    /Unexpected token 'export'|Cannot use import statement outside a module/,
    'The package.json next to it says that .js files are CommonJS: name the config deploy.config.ts or deploy.config.mjs.',
  ],
] as const

/** The head of a stack has the message, and file, line and caret of a syntax error; the rest is ours. */
function headOf(stack: string): string {
  return stack.split(/\n\s+at /)[0]?.trim() ?? ''
}

/** The line that threw, if it is the project's own. */
function placeIn(folder: string, stack: string): string {
  const frames = stack.matchAll(/\n\s+at .*?((?:file:\/\/)?\/[^\n()]*:\d+:\d+)/g)
  const own = [...frames].find(
    ([, place = '']) => place.includes(`${folder}/`) && !place.startsWith(import.meta.url),
  )
  return own ? `\n  at ${own[1]}` : ''
}
