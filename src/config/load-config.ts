// Finds and loads deploy.config.ts. The only user of cosmiconfig.
import { existsSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cosmiconfig } from 'cosmiconfig'
import { ConfigError } from '../errors.ts'
import { type CheckedConfig, checkConfig } from './check-config.ts'

const NAMES = ['deploy.config.ts', 'deploy.config.mts', 'deploy.config.js', 'deploy.config.mjs']

/**
 * Loads the config that is named, or the nearest one from a folder upwards, and checks it.
 * @param from absolute folder
 * @throws ConfigError if there is none, it can't be read as TypeScript, or something in it is wrong
 */
export async function loadConfig(from: string, named?: string): Promise<CheckedConfig> {
  const explorer = cosmiconfig('deploy', {
    searchPlaces: NAMES,
    loaders: { '.ts': loadTypeScript, '.mts': loadTypeScript },
    searchStrategy: 'none',
    cache: false,
  })
  const file = named === undefined ? undefined : resolve(from, named)
  if (file !== undefined && !existsSync(file)) {
    throw new ConfigError(`there is no config file '${file}'`, { suggestions: ['Give the path of a deploy.config.ts with --config.'] })
  }
  const folder = file === undefined ? folderWithConfig(from) : undefined
  if (file === undefined && folder === undefined) {
    throw new ConfigError(`there is no deploy.config.ts in '${from}' or a folder above it`, {
      suggestions: ['Go to the folder of your project, or give the path of the config with --config.'],
    })
  }
  let found: Awaited<ReturnType<typeof explorer.load>>
  try {
    found = file === undefined ? await explorer.search(folder) : await explorer.load(file)
  } catch (error) {
    throw unreadable(file ?? folder ?? from, error)
  }
  if (!found || found.isEmpty || found.config === undefined) {
    throw new ConfigError(`${found?.filepath ?? file ?? folder}: exports no config`, {
      suggestions: ["Write 'export default defineConfig({ … })'."],
    })
  }
  return checkConfig(found.filepath, found.config)
}

function folderWithConfig(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (NAMES.some((name) => existsSync(join(folder, name)))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** Loads a TypeScript module by Node's own type stripping, whatever the package around it says of its modules. */
async function loadTypeScript(file: string): Promise<unknown> {
  const url = pathToFileURL(realpathSync(file)).href
  const hooks = registerHooks({
    load: (loaded, context, next) => next(loaded, loaded === url ? { ...context, format: 'module-typescript' } : context),
  })
  try {
    const module = (await import(url)) as { default?: unknown }
    return module.default
  } finally {
    hooks.deregister()
  }
}

function unreadable(file: string, error: unknown): ConfigError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  // the head of the stack has file, line and caret of a syntax error; the rest is ours
  const head = stack.split(/\n\s+at /)[0]?.trim() ?? ''
  const place = /\n\s+at .*?((?:file:\/\/)?\/[^\n()]*deploy\.config\.[^\n()]*:\d+:\d+)/.exec(stack)?.[1]
  const suggestions = /does not provide an export named/.test(head)
    ? ["If it is a type, write 'import type { … }'."]
    : /Cannot find (?:module|package)/.test(head)
      ? ["Install what it imports ('npm ci'), and write relative imports with their ending: './hosts.ts'."]
      : []
  return new ConfigError(`cannot load ${file}: ${head}${place ? `\n  at ${place}` : ''}`, { suggestions, cause: error })
}
