// `shipit init`: looks at a project, asks what can't be seen, writes its config and loads it as every command will.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CONFIG_NAMES, nearestConfig } from '../../config/load/find-config.ts'
import { defined } from '../../defined.ts'
import { ConfigError, UsageError } from '../../errors.ts'
import { appsWithin } from '../../init/apps-within.ts'
import type { Project } from '../../init/found/project.ts'
import { usableRemotes } from '../../init/found/repository-url.ts'
import { type Given, HOST_NAME, type Proposed, proposeConfig, USER } from '../../init/propose-config.ts'
import { renderConfig } from '../../init/render-config.ts'
import { whyNoConfig } from '../../init/sound-steps.ts'
import { findScript } from '../../init/tools/scripts.ts'
import { isRefName } from '../../protocol/grammar.ts'
import { say } from '../../ui/output/print-lines.ts'
import { askNumber, askText, canAsk } from '../../ui/output/prompt.ts'
import { whyNoRef } from '../../words/ref.ts'
import { whyNotWritten } from '../../words/why-not-written.ts'
import { loadConfig } from '../load-config.ts'
import { knownKeysOf, surveyProject } from './survey-project.ts'

/** What was written, and what it was made of. */
export type Initialized = Proposed & {
  file: string
  lines: number
  project: Project
  /** other apps of the checkout, for which there is no config yet */
  others: readonly string[]
  /** the config that commands in this folder used before */
  above: string | undefined
  warnings: readonly string[]
}

/**
 * Writes a config into a folder.
 * @param given `isAsking` has a person asked where there is a terminal
 * @throws ConfigError if there is one; UsageError for words that a config can't have
 */
export async function initProject(
  folder: string,
  { isAsking, ...given }: Given & { isAsking: boolean },
): Promise<Initialized> {
  refuseExisting(folder)
  refuseNames(given)
  const asks = isAsking && canAsk()
  const top = await surveyProject(folder, given.script)
  if (given.script !== undefined && !top.texts.has(given.script))
    throw new UsageError(`the script '${given.script}' does not exist here, or is not a text file`)
  const apps = findScript(top, given.script) === undefined ? appsWithin(top) : []
  const app = asks && apps.length > 1 ? await askApp(apps) : apps[0]
  const project =
    app === undefined ? top : { ...(await surveyProject(join(folder, app))), name: basename(app) }
  const first = proposeConfig(project, given, knownKeysOf)
  const answers = asks ? await askOpen(project, first, given) : {}
  const proposed = proposeConfig(project, { ...given, ...answers }, knownKeysOf)
  const why = whyNoConfig(proposed.proposal)
  if (why !== undefined) throw new UsageError(`cannot write a config: ${why}`)
  const text = renderConfig(proposed.proposal)
  const file = join(folder, CONFIG_NAMES[0] ?? '')
  const { warnings } = await writeChecked(file, text)
  const above = nearestConfig(dirname(folder))
  const lines = text.trimEnd().split('\n').length
  return { ...proposed, file, lines, project, others: apps.filter((each) => each !== app), above, warnings }
}

/** Of what was found, a name that a config can't have is passed over; what a person said is not. */
function refuseNames({ branch, user }: Given): void {
  if (branch !== undefined && !isRefName(branch)) {
    const { message, suggestion } = whyNoRef({ kind: 'branch', name: branch })
    throw new UsageError(message, { suggestions: [suggestion] })
  }
  if (user !== undefined && !USER.test(user)) throw new UsageError(`'${user}' is not the name of an account`)
}

function refuseExisting(folder: string): void {
  const name = CONFIG_NAMES.find((each) => existsSync(join(folder, each)))
  if (name === undefined) return
  throw new ConfigError(`'${name}' exists here, and was not changed: init never overwrites`, {
    suggestions: [
      'See what a deploy would do: shipit plan',
      `For a new one, rename it first: mv ${name} ${name}.old`,
    ],
  })
}

async function askApp(apps: readonly string[]): Promise<string | undefined> {
  say(['This repository has several apps:', ...apps.map((each, index) => `  ${index + 1}  ${each}`)])
  const number = await askNumber(`Which one is it for? [1-${apps.length}, Enter for 1] `, apps.length)
  return apps[(number ?? 1) - 1]
}

/** Asks for what nothing in the project says. */
async function askOpen(project: Project, { proposal, found }: Proposed, given: Given): Promise<Given> {
  const remotes = usableRemotes(project.git?.remotes ?? [])
  const isPlain = given.repository !== undefined || remotes.length < 2 || remotes[0]?.name === 'origin'
  return defined({
    repository: isPlain ? undefined : await askRemote(remotes),
    hosts: proposal.open.includes('hosts') ? await askHosts(found.what) : undefined,
  })
}

async function askRemote(remotes: ReturnType<typeof usableRemotes>): Promise<string | undefined> {
  say([
    'This checkout has several remotes:',
    ...remotes.map(({ name, repository }, index) => `  ${index + 1}  ${name}  ${repository.url}`),
  ])
  const number = await askNumber(
    `Which one do hosts fetch from? [1-${remotes.length}, Enter for 1] `,
    remotes.length,
  )
  return remotes[(number ?? 1) - 1]?.repository.url
}

async function askHosts(what: string): Promise<string[] | undefined> {
  say(`This looks like ${what}.`)
  for (;;) {
    const answer = await askText('Hosts to deploy to, separated by spaces (Enter: fill them in later): ')
    const hosts = answer?.split(/[\s,]+/).filter((each) => each !== '')
    if (!hosts?.some((host) => !HOST_NAME.test(host))) return hosts
    say('A host is a name or an address, without user and port.')
  }
}

/** Writes it where nothing is, and loads it. What does not load is not left behind. */
async function writeChecked(file: string, text: string): Promise<{ warnings: readonly string[] }> {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (cause) {
    throw new ConfigError(`cannot write '${file}': ${whyNotWritten(cause)}`, { cause })
  }
  try {
    return await loadConfig({ config: file })
  } catch (error) {
    rmSync(file)
    throw error
  }
}
