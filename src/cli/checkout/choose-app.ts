// Which app of a config a command is about: the one that is named, the only one, or the one whose folder the person stands in.
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import type { CheckedApps, CheckedConfig } from '../../config/checked-config.ts'
import { UsageError } from '../../errors.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { shellWord } from '../../words/shell-word.ts'

type Asked = {
  /** by --app */
  named: string | undefined
  /** absolute: where the person stands */
  folder: string
  /** the command line, without node and the script */
  argv: readonly string[]
}

/**
 * Chooses one of the apps of a file.
 * @throws UsageError if it has no app of that name, or nothing says which one is meant
 */
export function chooseApp(configs: CheckedApps, { named, folder, argv }: Asked): CheckedConfig {
  const names = configs.map(({ recipe }) => recipe.app)
  const known = names.join(', ')
  // what comes after -- is no flag
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const again = (app: string) => `shipit ${argv.toSpliced(end, 0, '--app', app).map(shellWord).join(' ')}`
  if (named !== undefined) {
    const found = configs.find(({ recipe }) => recipe.app === named)
    if (found) return found
    throw new UsageError(`the config has no app '${named}'`, {
      suggestions: [...didYouMean(named, names), `It has: ${known}.`],
    })
  }
  const [first, ...others] = configs
  if (others.length === 0) return first
  const here = appsOf(folder, configs, first.file)
  const [only, ...more] = here
  if (only && more.length === 0) return only
  const some = more.length > 0 ? here.map(({ recipe }) => recipe.app) : names
  throw new UsageError(
    more.length > 0
      ? `this folder belongs to several apps: ${some.join(', ')}`
      : `the config has several apps: ${known}`,
    { suggestions: some.slice(0, 1).map((app) => `Name one of them: ${again(app)}`) },
  )
}

/**
 * Chooses the app that is named, or whose folder it is; else all of them.
 * @throws UsageError if the file has no app of that name
 */
export function chooseApps(configs: CheckedApps, asked: Asked): CheckedApps {
  const isClear = asked.named !== undefined || appsOf(asked.folder, configs, configs[0].file).length === 1
  return isClear ? [chooseApp(configs, asked)] : configs
}

/** Chooses the apps of a config that a folder belongs to. @param file the config */
export function appsOf<App extends Pick<CheckedConfig, 'paths'>>(
  folder: string,
  apps: readonly App[],
  file: string,
): App[] {
  return appsIn(apps, placeIn(realpathSync(dirname(file)), realpathSync(folder)))
}

/** Where a folder lies in the repository that the config is in, as git writes it: `apps/web/`. Nothing if it lies elsewhere. */
function placeIn(start: string, folder: string): string | undefined {
  const way = relative(topOf(start), folder)
  if (way === '..' || way.startsWith(`..${sep}`)) return undefined
  return way === '' ? '' : `${way.split(sep).join(posix.sep)}/`
}

/** The top of the checkout; without one, where the config is. */
function topOf(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return start
  }
}

/** Those that say of the nearest folder on the way up that it is theirs. */
function appsIn<App extends Pick<CheckedConfig, 'paths'>>(
  configs: readonly App[],
  place: string | undefined,
): App[] {
  if (place === undefined) return []
  const depths = configs.map(({ paths }) =>
    Math.max(
      0,
      ...paths
        .map((path) => path.replace(/\/?$/, '/'))
        .filter((path) => place.startsWith(path))
        .map((path) => path.length),
    ),
  )
  const deepest = Math.max(...depths)
  return deepest === 0 ? [] : configs.filter((_, index) => depths[index] === deepest)
}
