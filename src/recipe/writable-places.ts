// The places of a host that deploys of an app may write: whatever root takes from there, whoever can deploy has chosen. Pure.
import type { Recipe } from './recipe.ts'
import { kindOf } from './step.ts'

/** Every account may write here. */
const OPEN_TO_ALL = [
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  '/run/lock',
  '/var/lock',
  '/dev/mqueue',
  '/run/user',
  '/proc/self',
]

/** A folder, and why deploys may write there. */
export type WritablePlace = { folder: string; why: string }

/** Lists what the app's account, its build accounts or everybody may write. */
export function writablePlaces({ app, steps }: Pick<Recipe, 'app' | 'steps'>): WritablePlace[] {
  return [
    ...steps.flatMap((step) => {
      const folder = kindOf(step).filled?.(step).folder
      return folder === undefined ? [] : [{ folder, why: `deploys fill it (step '${step.name}')` }]
    }),
    { folder: `/var/lib/shipit/apps/${app}`, why: 'the steps may write it' },
    { folder: `/var/lib/shipit/build/${app}`, why: 'builds may write it' },
    ...OPEN_TO_ALL.map((folder) => ({ folder, why: 'every account may write it' })),
  ]
}

/** One folder is the other, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`)
}

/** Resolves `.`, `..` and empty names of an absolute path, as if no name on the way were a link. */
function normalPath(path: string): string {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

/**
 * The paths that a word of a command may name: all of it (root's steps begin in /, so a relative one counts from there), what stands
 * behind a sign that programs put before a path (`--file=/x`, `a:/x`, `@/x`), and what is glued to an option (`-C/x`).
 */
export function pathsIn(word: string): string[] {
  const parts = [word, ...word.split(/[=:,@%+]/)].filter((part) => part.includes('/'))
  const named = parts.map((part) => (part.startsWith('-') ? part.slice(part.indexOf('/')) : part))
  return [...new Set(named.map((part) => normalPath(part)))]
}

/** Verbs of systemctl(1) that have a unit start or read its file again. */
const UNIT_VERBS =
  /^(?:(?:re)?start|stop|kill|enable|reenable|(?:try-)?(?:reload|restart)|reload-or-restart|try-reload-or-restart)$/
const UNIT = /^[A-Za-z0-9_.@:-]+$/

/** What a host is asked to look at of a root step: its program, the paths that its words name, and units as `unit:NAME`. */
export function rootPaths(argv: readonly string[]): string[] {
  const [program = '', ...words] = argv
  const name = program.split('/').at(-1) ?? ''
  const units =
    name === 'systemctl' && words.some((word) => UNIT_VERBS.test(word))
      ? words.filter((word) => UNIT.test(word) && !word.startsWith('-') && !UNIT_VERBS.test(word))
      : ['service', 'rc-service', 'invoke-rc.d'].includes(name)
        ? words.filter((word) => UNIT.test(word) && !word.startsWith('-')).slice(0, 1)
        : []
  return [program, ...words.flatMap(pathsIn), ...units.map((unit) => `unit:${unit}`)]
}
