// What a host should have once root has run the install script of this shipit: what doctor compares it with. Pure.

import { createHash } from 'node:crypto'
import { defined } from '../defined.ts'
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import { neededPrograms } from '../recipe/needed-programs.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import { digestRecipe, type Recipe } from '../recipe/recipe.ts'
import { NEVER_FOLDERS, SYSTEM_FOLDERS } from '../recipe/system-folders.ts'
import type { ExpectedFile, ExpectedHost } from '../results/expected-host.ts'
import { HOST, LIBEXEC, publishedFolders, readAccount, unsafeFolders } from './bundle.ts'
import { type HostFile, listHostFiles } from './host-files.ts'
import type { HostSettings } from './host-settings.ts'
import { renderInstaller } from './installer.ts'
import type { RemoteFiles } from './remote-parts.ts'
import { buildLines, rootLines } from './render-sudoers.ts'
import { TOLD_SETTINGS } from './sudo-settings.ts'

/** Describes the host that the install script of a recipe makes. */
export function expectHost(
  recipe: Recipe,
  install: { remote: RemoteFiles; version: string; settings: HostSettings },
): ExpectedHost {
  const { app, account } = recipe
  const served = servedRepository(recipe)
  const hasRefRules = recipe.allow.some(
    ({ branches, tags }) => !branches.includes('*') || !tags.includes('*'),
  )
  return {
    app,
    version: install.version,
    digest: digestRecipe(recipe),
    account,
    runner: `${LIBEXEC}/runner`,
    libexec: LIBEXEC,
    files: listHostFiles(recipe, install, HOST).flatMap((file) => expectFile(file, install)),
    sudoLines: sudoLines(recipe),
    ownCode: stepsWithOwnCode(recipe),
    sudoSettings: TOLD_SETTINGS,
    closedAccounts: [account, ...buildAccounts(recipe), ...(served ? [readAccount(app)] : [])],
    published: publishedFolders(recipe),
    system: { folders: SYSTEM_FOLDERS, never: NEVER_FOLDERS, unsafe: unsafeFolders(recipe) },
    programs: neededPrograms(recipe.steps).map((name) => name.split('|')),
    ...defined({ repository: served && { path: served.path, reader: readAccount(app), hasRefRules } }),
  }
}

/** Nothing of what root has a say in, or only the host knows. */
function expectFile(
  file: HostFile,
  { remote, version }: { remote: RemoteFiles; version: string },
): ExpectedFile[] {
  const { path } = file
  switch (file.is) {
    case 'folder':
      return [{ path, mode: file.mode, owner: file.owner, sum: 'folder' }]
    case 'file':
    case 'printed':
      return [{ path, mode: file.mode, owner: file.owner, sum: sumOf(file.text) }]
    case 'installer':
      return [{ path, mode: file.mode, owner: file.owner, sum: renderInstaller(remote, version).sha256 }]
    case 'link':
      return [{ path, mode: '0777', owner: 'root:root', sum: `link:${file.to}` }]
    // its text depends on the host
    case 'sudoers':
      return [{ path, mode: file.mode, owner: file.owner }]
    case 'published':
    case 'made-there':
      return []
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
