// What completion knows of a config, and of the runs that hosts told of last. Commands note it in passing, so that a Tab need not
// load a config again, nor ask a host.
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import type { CheckedApps, CheckedConfig } from '../../config/checked-config.ts'
import { defined } from '../../defined.ts'
import type { RunEvent } from '../../protocol/event.ts'
import { hideInText } from '../../safe-text/secrets.ts'
import { readOwn, writeOwn } from './own-folder.ts'

/** The names of one app in a config. */
export type KnownApp = {
  app: string
  /** folders of the repository that are its own */
  paths: readonly string[]
  /** the environment that is meant when none is named */
  default?: string
  environments: readonly { name: string; hosts: readonly string[] }[]
  flags: Readonly<Record<string, KnownFlag>>
  steps: readonly string[]
}
export type KnownFlag = { char?: string; summary: string; choices?: readonly string[] }

/** The file as it was read: one that was changed since is read again. Without names it could not be loaded in time. */
type Note = { mtimeMs: number; size: number; apps?: readonly KnownApp[] }

/** A run as a command showed it; who began it is not known of one that was left at once. */
export type KnownRun = { run: string; ref: string; user: string }

/** Of each environment. */
const MOST_RUNS = 30

/** Notes the names in a config that was just loaded. */
export function noteConfigs(configs: CheckedApps): void {
  noteApps(configs[0].file, configs.map(namesIn))
}

/** Notes the apps of a config; none where it can't be loaded, so that it is not tried again at each Tab. */
export function noteApps(file: string, apps: readonly KnownApp[] | undefined): void {
  const state = stateOf(file)
  if (!state) return
  const note: Note = { ...state, ...defined({ apps }) }
  if (JSON.stringify(readOwn(nameOf('names', file))) !== JSON.stringify(note))
    writeOwn(nameOf('names', file), note)
}

/** What is known of a config; `isFresh` if the file is as it was then. */
export function readApps(file: string): { apps: readonly KnownApp[] | undefined; isFresh: boolean } {
  const note = readOwn(nameOf('names', file)) as Note | undefined
  const state = stateOf(file)
  const isFresh = note !== undefined && note.mtimeMs === state?.mtimeMs && note.size === state.size
  return { apps: note?.apps, isFresh }
}

/** What of an app a person may want to type, without names that are never shown: this is kept in a file. */
export function namesIn({ defaultEnvironment = '', environments, recipe, paths }: CheckedConfig): KnownApp {
  const shown = environments.filter(({ name }) => isShown(name))
  return {
    app: recipe.app,
    paths: paths.filter(isShown),
    ...defined({ default: shown.find(({ name }) => name === defaultEnvironment)?.name }),
    environments: shown.map((each) => ({
      name: each.name,
      hosts: each.kind === 'hosts' ? each.hosts.map(({ name }) => name).filter(isShown) : [],
    })),
    flags: Object.fromEntries(
      Object.entries(recipe.flags)
        .filter(([name]) => isShown(name))
        .map(([name, { char, summary, choices }]) => [
          name,
          { summary: hideInText(summary), ...defined({ char, choices: choices?.filter(isShown) }) },
        ]),
    ),
    steps: recipe.steps.map(({ name }) => name).filter(isShown),
  }
}

function isShown(name: string): boolean {
  return hideInText(name) === name
}

/** Notes runs that hosts have told of, or that were just begun. */
export function noteRuns(
  { file, recipe }: { file: string; recipe: { app: string } },
  environment: string,
  told: readonly (Pick<RunEvent, 'run' | 'ref'> & { user?: string })[],
): void {
  if (told.length === 0) return
  const all = readAllRuns(file)
  const known = told.map(({ run, ref, user = '' }): KnownRun => ({ run, ref: hideInText(ref.name), user }))
  const place = `${recipe.app} ${environment}`
  const merged = new Map([...(all[place] ?? []), ...known].map((each) => [each.run, each]))
  const runs = [...merged.values()].toSorted((one, other) => (one.run < other.run ? 1 : -1))
  writeOwn(nameOf('runs', file), { ...all, [place]: runs.slice(0, MOST_RUNS) })
}

/** The runs that were noted of an environment, newest first. */
export function readRuns(file: string, app: string, environment: string): readonly KnownRun[] {
  return readAllRuns(file)[`${app} ${environment}`] ?? []
}

function readAllRuns(file: string): Readonly<Record<string, readonly KnownRun[]>> {
  const runs = readOwn(nameOf('runs', file))
  return typeof runs === 'object' && runs !== null ? (runs as Record<string, KnownRun[]>) : {}
}

function stateOf(file: string): Pick<Note, 'mtimeMs' | 'size'> | undefined {
  try {
    const { mtimeMs, size } = statSync(file)
    return { mtimeMs, size }
  } catch {
    return undefined
  }
}

function nameOf(kind: 'names' | 'runs', file: string): string {
  return `${createHash('sha256').update(file).digest('hex').slice(0, 32)}.${kind}.json`
}
