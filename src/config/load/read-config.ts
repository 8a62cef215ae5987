// Loads a config file, which is a program, and checks what it exports. The only user of cosmiconfig.
import { readFileSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Explorer } from 'cosmiconfig/dist/Explorer.js'
import { ConfigError } from '../../errors.ts'
import { checkApps } from '../check/check-apps.ts'
import type { CheckedApps } from '../checked-config.ts'
import { OWN_FORMAT, OWN_INDEX } from '../own-module.ts'
import { CONFIG_NAMES } from './find-config.ts'
import { unreadable } from './unreadable.ts'

const PACKAGE = '@deploybot/shipit'

/**
 * Loads a config in this process, and checks it.
 * @param file absolute
 * @returns its apps, one or more
 * @throws ConfigError if it can't be read, or something in it is wrong
 */
export async function readConfigs(file: string): Promise<CheckedApps> {
  const loaders = { '.ts': loadTypeScript, '.mts': loadTypeScript, '.js': loadModule, '.mjs': loadModule }
  if (!Object.hasOwn(loaders, extname(file))) {
    throw new ConfigError(`${file}: this is not the file name of a module`, {
      suggestions: [`The name of a config ends with ${Object.keys(loaders).join(', ')}.`],
    })
  }
  const explorer = new Explorer({
    moduleName: 'deploy',
    packageProp: [],
    searchPlaces: CONFIG_NAMES,
    loaders,
    searchStrategy: 'none',
    cache: false,
    transform: (result) => result,
    metaConfigFilePath: null,
    ignoreEmptySearchPlaces: true,
    applyPackagePropertyPathToConfiguration: false,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
  })
  let found: Awaited<ReturnType<typeof explorer.load>>
  try {
    found = await explorer.load(file)
  } catch (error) {
    throw error instanceof Unloaded ? unreadable(file, error.cause, error.modules) : unreadable(file, error)
  }
  const { exported } = (found?.config ?? {}) as Partial<Loaded>
  if (exported === undefined) {
    throw new ConfigError(`${file}: exports no config`, {
      suggestions: ["Write 'export default defineConfig({ … })'."],
    })
  }
  return checkApps(file, exported, readFileSync(file, 'utf8'))
}

/** Why a config could not be loaded, which may lie in a module that it imports. */
class Unloaded extends Error {
  readonly modules: readonly string[]

  /** @param modules paths of those that Node came to, in order */
  constructor(modules: readonly string[], cause: unknown) {
    super('', { cause })
    this.modules = modules
  }
}

/** In a box, since cosmiconfig would follow a key `$import` of the config itself. */
type Loaded = { exported: unknown }

/** Loads a TypeScript module by Node's own type stripping, whatever a package.json around it says of its modules. */
async function loadTypeScript(file: string): Promise<Loaded> {
  return load(file, 'module-typescript')
}

async function loadModule(file: string): Promise<Loaded> {
  return load(file, extname(file) === '.mjs' ? 'module' : undefined)
}

/** @param format what the file is; nothing where the nearest package.json says so */
async function load(file: string, format: string | undefined): Promise<Loaded> {
  const url = pathToFileURL(realpathSync(file)).href
  const modules: string[] = []
  const note = <Resolved extends { url: string }>(resolved: Resolved) => {
    if (resolved.url.startsWith('file:')) modules.push(fileURLToPath(resolved.url))
    return resolved
  }
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      // Node would read the nearest package.json, which may be broken, to know what we know
      if (specifier === url && format !== undefined) return { url, format, shortCircuit: true }
      if (specifier !== PACKAGE) return note(next(specifier, context))
      try {
        return next(specifier, context)
      } catch {
        // not installed in the project, or hidden behind a broken package.json
        return { url: OWN_INDEX, format: OWN_FORMAT, shortCircuit: true }
      }
    },
  })
  try {
    const module = (await import(url)) as { default?: unknown }
    // what it exports may be a promise
    return { exported: await module.default }
  } catch (error) {
    throw new Unloaded(modules, error)
  } finally {
    hooks.deregister()
  }
}
