// What a shell asks at each Tab. bin/shipit.js comes here without oclif, which would take as long again: no host is contacted, and a
// config is loaded only when it was changed since its names were noted.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { findConfig } from '../../config/load/find-config.ts'
import { printWhole } from '../../ui/output/print-lines.ts'
import { askCheckout } from '../checkout/ask-checkout.ts'
import { appsOf } from '../checkout/choose-app.ts'
import { complete, type KnownCommand, type KnownConfig, type Sources } from './complete.ts'
import { type KnownApp, readApps, readRuns } from './known-names.ts'
import { loadApps } from './load-apps.ts'
import { renderDescribed, renderForBash } from './render-candidates.ts'
import { splitLine } from './split-line.ts'

/** A checkout on a slow disk. */
const GIT_LIMIT_MS = 500

/**
 * Prints what may stand where the cursor is, one a line. Never rejects, and says nothing else: a message would end up in the line
 * that is being typed.
 * @param words the shell, `--`, and of bash the line before the cursor and its COMP_WORDBREAKS, of others the words
 * @param root the absolute folder of shipit's package.json
 */
export async function answerShell(words: readonly string[], root: string): Promise<void> {
  const [shell, , ...rest] = words
  const lines = await ask(shell, rest, root).catch(() => [])
  printWhole(lines.map((line) => `${line}\n`).join(''))
}

async function ask(shell: string | undefined, rest: readonly string[], root: string): Promise<string[]> {
  const sources = sourcesIn(root)
  if (shell === 'zsh' || shell === 'fish') return renderDescribed(await complete(rest, sources), shell)
  if (shell !== 'bash') return []
  const [line = '', breaks = ''] = rest
  const split = splitLine(line)
  const [, ...typed] = split.words
  return renderForBash(await complete(typed, sources), split, breaks)
}

function sourcesIn(root: string): Sources {
  const manifest: { commands: Record<string, KnownCommand> } = JSON.parse(
    readFileSync(join(root, 'oclif.manifest.json'), 'utf8'),
  )
  return {
    commands: Object.values(manifest.commands),
    config: configOf,
    refs: listRefs,
    runs: ({ file, here }, environment) => here.flatMap(({ app }) => readRuns(file, app, environment)),
  }
}

/**
 * @param named as on the command line, where `~` is not yet replaced
 * @returns nothing where there is no config that may be loaded
 */
async function configOf(
  named: string | undefined,
  app: string | undefined,
): Promise<KnownConfig | undefined> {
  try {
    const from = process.cwd()
    const file = findConfig(from, named && resolve(from, named.replace(/^~(?=\/)/, homedir())))
    const { apps: noted, isFresh } = readApps(file)
    const apps = (isFresh ? noted : ((await loadApps(file)) ?? noted)) ?? []
    return { file, apps: apps.map((each) => each.app), here: meant(apps, { file, from, app }) }
  } catch {
    return undefined
  }
}

/** The app that is named, or the one of the folder; all of them where nothing says which. */
function meant(
  apps: readonly KnownApp[],
  { file, from, app }: { file: string; from: string; app: string | undefined },
): readonly KnownApp[] {
  if (app !== undefined) return apps.filter((each) => each.app === app)
  const own = apps.length > 1 ? appsOf(from, apps, file) : apps
  return own.length > 0 ? own : apps
}

/** Of the checkout, without asking its remote: what this one has, and what it knows of the remote. */
async function listRefs(kind: 'branch' | 'tag', config: KnownConfig | undefined): Promise<readonly string[]> {
  const places = kind === 'tag' ? ['refs/tags/'] : ['refs/heads/', 'refs/remotes/origin/']
  const folder = config ? dirname(config.file) : process.cwd()
  const order = kind === 'tag' ? '-creatordate' : '-committerdate'
  const words = ['for-each-ref', `--sort=${order}`, '--format=%(refname)', ...places]
  const refs = (await askCheckout(folder, words, GIT_LIMIT_MS)) ?? ''
  const short = refs
    .split('\n')
    .map((ref) =>
      places.reduce((name, place) => (name.startsWith(place) ? name.slice(place.length) : name), ref),
    )
  return [...new Set(short)].filter((name) => name !== 'HEAD' && name !== '')
}
