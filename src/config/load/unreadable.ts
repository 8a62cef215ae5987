// Why a config could not be loaded: what Node says of it, where, and what to do.
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { basename, dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { readBroken, withoutText } from './broken-module.ts'

/**
 * Says why a config could not be loaded, by the error that it threw.
 * @param modules paths of those that it imports, as far as they are known
 */
export function unreadable(file: string, error: unknown, modules: readonly string[] = []): ConfigError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : `Error: ${error}`
  const told = headOf(stack)
  const place = placeIn(dirname(realpathSync(file)), stack)
  // one that was thrown has a place
  const head = (told.startsWith('SyntaxError') && place === '' && headOfBroken(file, modules)) || told
  const broken = readBroken(head)
  const suggestion =
    SUGGESTIONS.find(([symptom]) => symptom.test(head))?.[1] ?? commonJsWords(head, broken?.file ?? file)
  const suggestions = suggestion === undefined ? [] : [suggestion]
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
] as const

/** Of those that a config imports, so many are looked at for a syntax error. */
const MOST_CHECKED = 20

/** Node has the line of a wrong JavaScript module only when it prints it. The last module that it came to is the likeliest. */
function headOfBroken(file: string, modules: readonly string[]): string | undefined {
  const written = modules.filter((path) => /\.[cm]?js$/.test(path) && !path.includes('/node_modules/'))
  for (const path of new Set([file, ...written.reverse().slice(0, MOST_CHECKED)])) {
    // nothing where it could not be started
    const { status, stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
    const head = headOf(stderr ?? '')
    if (status !== 0 && head.includes('SyntaxError')) return head
  }
  return undefined
}

/** What to do where Node took a module for CommonJS, since a package.json says so. */
function commonJsWords(head: string, file: string): string | undefined {
  if (!/Unexpected token 'export'|Cannot use import statement outside a module/.test(head)) return undefined
  const isCommonJs = extname(file) === '.js' && packageTypeOf(file) === 'commonjs'
  if (!isCommonJs) return undefined
  const name = basename(file, '.js')
  return `The package.json above it makes .js files CommonJS: name the file ${name}.ts or ${name}.mjs.`
}

/** The `type` of the nearest package.json. */
function packageTypeOf(file: string): unknown {
  const path = findPackageJSON(pathToFileURL(file))
  try {
    return path && JSON.parse(readFileSync(path, 'utf8')).type
  } catch {
    return undefined
  }
}

/** The head of a stack has the message, and file, line and caret of a syntax error; the rest is ours. */
function headOf(stack: string): string {
  return stack.split(/\n\s+at /)[0]?.trim() ?? ''
}

const OWN_FOLDER = new URL('.', import.meta.url).href

/** The line that threw, if it is the project's own. */
function placeIn(folder: string, stack: string): string {
  const frames = stack.matchAll(/\n\s+at .*?((?:file:\/\/)?\/[^\n()]*:\d+:\d+)/g)
  const own = [...frames].find(
    ([, place = '']) => place.includes(`${folder}/`) && !place.startsWith(OWN_FOLDER),
  )
  return own ? `\n  at ${own[1]}` : ''
}
