// What a host should have once root has run the install script of this shipit: what doctor compares it with. Pure.

import { createHash } from 'node:crypto'
import { defined } from '../defined.ts'
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import { neededPrograms } from '../recipe/needed-programs.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import { digestRecipe, type Recipe } from '../recipe/recipe.ts'
import {
  APPS,
  buildLines,
  buildPlace,
  HOST,
  LIBEXEC,
  PLACE_MODE,
  publishedFolders,
  type RemoteFiles,
  readAccount,
  renderApp,
  renderPrograms,
  renderSudoers,
  rootLines,
  STATES,
} from './bundle.ts'
import { TOLD_SETTINGS } from './sudo-settings.ts'

/** A file (with the SHA-256 of its text, where shipit renders it) or a folder. */
export type ExpectedFile = { path: string; mode: string; owner: string; sum?: string }

/** What doctor expects of a host. */
export type ExpectedHost = {
  app: string
  version: string
  digest: string
  /** the account that runs what root installed */
  account: string
  runner: string
  /** the programs in `files` stand here, and nothing else */
  libexec: string
  files: readonly ExpectedFile[]
  /** what sudo lists for the account, in any order, without backslashes: `(root) NOPASSWD: …` */
  sudoLines: readonly string[]
  /** sudo's settings for these commands, as a host tells them */
  sudoSettings: readonly string[]
  /** nobody logs in as one of these */
  closedAccounts: readonly string[]
  /** steps that may run code of the repository as the account */
  ownCode: readonly string[]
  /** programs that the runner and the recipe's steps need; one of each list will do */
  programs: readonly (readonly string[])[]
  /** folders that become the account's */
  published: readonly string[]
  /** the repository, where it is on the host, the account that reads it, and whether the policy names branches or tags */
  repository?: { path: string; reader: string; hasRefRules: boolean }
}

/** Describes the host that the install script of a recipe makes. */
export function expectHost(recipe: Recipe, remote: RemoteFiles, version: string): ExpectedHost {
  const { app, account } = recipe
  const root = 'root:root'
  const folder = (path: string, mode = '0755', owner = root) => ({ path, mode, owner })
  const own = `${account}:${account}`
  const served = servedRepository(recipe)
  const hasRefRules = recipe.allow.some(
    ({ branches, tags }) => !branches.includes('*') || !tags.includes('*'),
  )
  return {
    app,
    version,
    digest: digestRecipe(recipe),
    account,
    runner: `${LIBEXEC}/runner`,
    libexec: LIBEXEC,
    files: [
      ...[LIBEXEC, APPS, `${APPS}/${app}`, STATES].map((path) => folder(path)),
      ...[...renderPrograms(remote, HOST, version), ...renderApp(recipe, HOST, version)].map(
        ({ path, mode, text }) => ({ path, mode, owner: root, sum: sumOf(text) }),
      ),
      // its text depends on the host, which may want a terminal of sudo
      { path: renderSudoers(recipe).path, mode: '0440', owner: root },
      { path: `${APPS}/${app}/lock`, mode: '0640', owner: `root:${account}` },
      folder(`${STATES}/${app}`, '0700', own),
      ...buildAccounts(recipe).map((name) => folder(buildPlace(name), PLACE_MODE, `root:${name}`)),
    ],
    sudoLines: sudoLines(recipe),
    ownCode: stepsWithOwnCode(recipe),
    sudoSettings: TOLD_SETTINGS,
    closedAccounts: [account, ...buildAccounts(recipe), ...(served ? [readAccount(app)] : [])],
    published: publishedFolders(recipe),
    programs: neededPrograms(recipe.steps).map((name) => name.split('|')),
    ...defined({ repository: served && { path: served.path, reader: readAccount(app), hasRefRules } }),
  }
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function sudoLines(recipe: Recipe): string[] {
  return [
    ...rootLines(recipe).map((line) => `(root) NOPASSWD: ${line.replaceAll('\\', '')}`),
    ...buildLines(recipe),
    ...(servedRepository(recipe)
      ? [`(${readAccount(recipe.app)}) NOPASSWD: ${LIBEXEC}/serve ${recipe.app}`]
      : []),
  ]
}
