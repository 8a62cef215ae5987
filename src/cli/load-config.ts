// Finds deploy.config.ts and has it loaded by a process of its own. A config is a program: there it may print, throw late, set timers,
// handle signals, change its folder or end the process, and nothing of that outlives its loading.
import type { ChildProcess } from 'node:child_process'
import type { CheckedApps, CheckedConfig } from '../config/checked-config.ts'
import type { ConfigAnswer, ConfigOrder } from '../config/load/config-process.ts'
import { findConfig } from '../config/load/find-config.ts'
import { takeConfig } from '../config/load/start-config.ts'
import { ConfigError } from '../errors.ts'
import { startProgram } from '../programs/start-program.ts'
import { say } from '../ui/output/print-lines.ts'
import { isCi } from '../words/ci-system.ts'
import { nameAppInCommands, nameConfigInCommands } from '../words/command.ts'
import { chooseApp, chooseApps } from './checkout/choose-app.ts'
import { noteConfigs } from './completion/known-names.ts'
import { hideRedacted } from './secrets/hide-redacted.ts'

/** After this time a person is told what shipit waits for. */
const NOTICE_MS = 5000
/** How long a config may take where nobody can press Ctrl-C: one that asks a secrets store needs seconds. */
const LIMIT_MS = 60_000
/** How long it may take to clean up after itself. */
const GOODBYE_MS = 1000

/** What the words of a command line say of the config. */
export type ConfigWords = { config?: string | undefined; app?: string | undefined }

/**
 * Loads the config that is named, or the nearest one from the current folder upwards, and checks it. Of several apps it is the one
 * that is named, or whose folder the current one is. Commands that a person is told to give then name it,
 * and the config that was named.
 * @param words as on the command line
 * @param limits `limitMs` for who does not wait for long
 * @throws ConfigError if there is none, it can't be loaded, or something in it is wrong
 * @throws MachineError if this machine has no room for its process
 * @throws UsageError if it has no such app, or nothing says which one is meant
 */
export async function loadConfig(
  words: ConfigWords,
  limits: { limitMs?: number } = {},
): Promise<CheckedConfig> {
  const { configs, unhidden, asked } = await loadAll(words, limits)
  const config = chooseApp(configs, asked)
  nameAppInCommands(configs.length > 1 ? config.recipe.app : undefined)
  return { ...config, warnings: [...config.warnings, ...unhidden] }
}

/**
 * The same for what is about hosts, and not about an app: of several apps all count, where neither a name nor the folder says which one.
 * @returns the others beside them
 * @throws ConfigError, UsageError as `loadConfig`
 */
export async function loadConfigs(
  words: ConfigWords,
): Promise<{ chosen: CheckedApps; others: readonly CheckedConfig[] }> {
  const { configs, asked } = await loadAll(words, {})
  const chosen = chooseApps(configs, asked)
  nameAppInCommands(configs.length > 1 && chosen.length === 1 ? chosen[0].recipe.app : undefined)
  return { chosen, others: configs.filter((each) => !chosen.includes(each)) }
}

/** How long a config may take. Some CI systems give their jobs a terminal, and nobody sits there. */
export function limitFor({
  stdin,
  env,
}: Pick<NodeJS.Process, 'env'> & { stdin: { isTTY?: boolean } }): number {
  return stdin.isTTY && !isCi(env) ? Number.POSITIVE_INFINITY : LIMIT_MS
}

async function loadAll(words: ConfigWords, limits: { limitMs?: number }) {
  const folder = currentFolder()
  const file = findConfig(folder, words.config)
  const limitMs = limits.limitMs ?? limitFor(process)
  nameConfigInCommands(words.config)
  const configs = await loadApart(file, limitMs)
  const unhidden = hideRedacted(configs, process.env)
  noteConfigs(configs)
  return { configs, unhidden, asked: { named: words.app, folder, argv: process.argv.slice(2) } }
}

function currentFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new ConfigError('the current folder no longer exists', {
      cause,
      suggestions: ['Go to the folder of your project.'],
    })
  }
}

async function loadApart(file: string, limitMs: number): Promise<CheckedApps> {
  const order: ConfigOrder = { file, argv: process.argv.slice(1) }
  const { promise, resolve: answer } = Promise.withResolvers<ConfigAnswer>()
  const child = await startProgram({ program: 'node', lead: `cannot load ${file}` }, takeConfig)
  const fails = (why: string, ...suggestions: string[]) =>
    answer({ problem: { message: `cannot load ${file}: ${why}`, suggestions, details: { file } } })
  child.on('message', answer)
  child.on('error', (error) => fails(error.message))
  // once its last word has come
  child.on('close', (status, signal) => {
    if (signal) fails(`its process was ended by ${signal}`)
    else fails(`it ended its process, with status ${status}`, "Remove 'process.exit' from it.")
  })
  // what keeps it from arriving is told by its end
  child.send(order, () => {})
  const stopWaiting = waitFor({ file, limitMs, fails })
  const { configs, problem } = await promise
  stopWaiting()
  letGo(child)
  if (configs) return configs
  const { message = '', suggestions = [], details = {} } = problem ?? {}
  throw new ConfigError(message, { suggestions, details })
}

/** Says that it takes long, and ends it when it takes too long. */
function waitFor(wait: { file: string; limitMs: number; fails: (why: string) => void }): () => void {
  const { file, limitMs, fails } = wait
  const notice = setTimeout(() => say(`still loading ${file}`), NOTICE_MS)
  const limit = Number.isFinite(limitMs)
    ? setTimeout(() => fails(`it did not load within ${limitMs / 1000} s`), limitMs)
    : undefined
  return () => {
    clearTimeout(notice)
    clearTimeout(limit)
  }
}

/** Lets it end by itself, but neither waits for it nor leaves it behind. */
function letGo(child: ChildProcess): void {
  const end = () => void child.kill('SIGKILL')
  const limit = setTimeout(end, GOODBYE_MS).unref()
  process.once('exit', end)
  child.once('exit', () => {
    clearTimeout(limit)
    process.off('exit', end)
  })
  child.unref()
  child.channel?.unref()
}
