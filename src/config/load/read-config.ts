// Loads a config file, which is a program, and checks what it exports. The only user of cosmiconfig.
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Explorer } from 'cosmiconfig/dist/Explorer.js'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { checkApps } from '../check/check-apps.ts'
import type { CheckedApps } from '../checked-config.ts'
import { OWN_FORMAT, OWN_INDEX } from '../own-module.ts'
import { readBroken, withoutText } from './broken-module.ts'
import { CONFIG_NAMES } from './find-config.ts'

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
    throw unreadable(file, error)
  }
  const { exported } = (found?.config ?? {}) as Partial<Loaded>
  if (exported === undefined) {
    throw new ConfigError(`${file}: exports no config`, {
      suggestions: ["Write 'export default defineConfig({ … })'."],
    })
  }
  return checkApps(file, exported, readFileSync(file, 'utf8'))
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
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      // Node would read the nearest package.json, which may be broken, to know what we know
      if (specifier === url && format !== undefined) return { url, format, shortCircuit: true }
      if (specifier !== PACKAGE) return next(specifier, context)
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
    // cosmiconfig notes the file in it, which a text can't hold
    throw error instanceof Error ? error : new Error(String(error))
  } finally {
    hooks.deregister()
  }
}

/** Says why a config could not be loaded, by the error that it threw. */
export function unreadable(file: string, error: unknown): ConfigError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const told = headOf(stack)
  // Node has the line of a wrong JavaScript module only when it prints it
  const checked = told.startsWith('SyntaxError') ? spawnSync(process.execPath, ['--check', file]).stderr : ''
  // nothing where that could not be started
  const head = headOf(String(checked ?? '')) || told
  const place = placeIn(dirname(realpathSync(file)), stack)
  const suggestion = SUGGESTIONS.find(([symptom]) => symptom.test(head))?.[1]
  const suggestions = suggestion === undefined ? [] : [suggestion]
  const broken = readBroken(head)
  if (broken) {
    const { line, column, excerpt } = broken
    const at = [broken.file, line, ...(column === undefined ? [] : [column])].join(':')
    const lines = [
      `cannot load ${file}: ${broken.error}`,
      `  at ${at}`,
      ...excerpt.map((row) => `    ${row}`),
    ]
    const details = { file: broken.file, line, ...defined({ column }) }
    return new ConfigError(lines.join('\n'), { suggestions, details })
  }
  return new ConfigError(`cannot load ${file}: ${withoutText(head)}${place}`, {
    suggestions,
    cause: error,
    details: detailsOf(file, `${place}\n${head}`),
  })
}

/** Where it broke off, for programs: a path with line and column, or as a syntax error begins. */
function detailsOf(file: string, text: string): ConfigError['details'] {
  const [, at, line, column] = /(?:^|\s)(?:file:\/\/)?(\/[^\n()]*?):(\d+)(?::(\d+))?(?=\n)/.exec(text) ?? []
  return { file: at ?? file, ...defined({ line: numberOf(line), column: numberOf(column) }) }
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

/** The first that fits. */
const SUGGESTIONS = [
  [/does not provide an export named/, "If it is a type, write 'import type { … }'."],
  [
    /enum is not supported/,
    "Write an enum as an object: 'const Colour = { red: 1 } as const'. Node removes types, but compiles nothing.",
  ],
  [
    /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/,
    'Write it as plain JavaScript with types: Node removes types, but compiles nothing.',
  ],
  [
    // names that no package has
    /Cannot find package '(?:@\/|[~$]|src')|is not a valid package name|Invalid module "@\/|Package import specifier/,
    'If it is a path alias of tsconfig.json: Node does not read that. Write the path (\'./lib/hosts.ts\'), or name it in package.json under "imports": { "#lib/*": "./lib/*" }.',
  ],
  [
    /Cannot find package '@/,
    "Install it ('npm ci'). If it is a path alias of tsconfig.json: Node does not read that, so write the path ('./lib/hosts.ts').",
  ],
  [
    /Cannot find (?:module|package)/,
    "Install what it imports ('npm ci'), and write relative imports with their ending: './hosts.ts'.",
  ],
  [
    /Unexpected token 'export'|Cannot use import statement outside a module/,
    'The package.json next to it makes .js files CommonJS: name the config deploy.config.ts or deploy.config.mjs.',
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
