// The one list of what an install makes on a host: the install script stages it, its head tells root of it, doctor expects it, and the
// sandbox has it below a folder. Pure.
import { buildAccounts } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import {
  APPS,
  BUILDS,
  type BundleFile,
  buildPlace,
  EMPTY_HOME,
  LIBEXEC,
  PLACE_MODE,
  publishedFolders,
  renderApp,
  renderPrograms,
  STATES,
  type Target,
} from './bundle.ts'
import type { HostSettings } from './host-settings.ts'
import type { RemoteFiles } from './remote-parts.ts'
import { renderGitAccess, renderGrants, renderKeys } from './render-settings.ts'
import { renderSudoers } from './render-sudoers.ts'
import { renderRights } from './right.ts'
import { rightsOf } from './rights.ts'

/** Where a host keeps the installer. */
export const INSTALLER = `${LIBEXEC}/installer`

/** One thing that an install makes. */
export type HostFile = {
  path: string
  /** all apps of the host share it */
  shared?: true
} & (
  | { is: 'folder'; mode: string; owner: string }
  /** of a folder that is there, root's own group and mode stay */
  | { is: 'published'; mode: string; owner: string }
  | { is: 'file'; mode: string; owner: string; text: string }
  /** a function of the script prints it */
  | { is: 'printed'; by: 'rights'; mode: string; owner: string; text: string }
  | { is: 'link'; to: string }
  /** what the script of an app reads before anything else: the scripts of other apps find it there (installer.ts) */
  | { is: 'installer'; mode: string; owner: string }
  /** its settings depend on the host's sudo, which the script asks */
  | { is: 'sudoers'; mode: string; owner: string; text: string }
  /** its text is made on the host */
  | { is: 'made-there'; note: string }
)

/**
 * Lists all of it, in the order in which it is made: folders before what lies in them, sudoers last.
 * @param target whose programs these are: a host's or the sandbox's
 */
export function listHostFiles(
  recipe: Recipe,
  { remote, version, settings }: { remote: RemoteFiles; version: string; settings: HostSettings },
  target: Target,
): HostFile[] {
  const { app, account } = recipe
  const own = `${account}:${account}`
  const keys = renderKeys(app, settings)
  const home = `${APPS}/${app}`
  return [
    ...listSharedFiles(remote, version, target),
    ...[home, `${home}/git`, ...(keys.length > 0 ? [`${home}/people`] : [])].map((path) => folder(path)),
    folder(`${STATES}/${app}`, own, '0700'),
    ...buildAccounts(recipe).map((name) => folder(buildPlace(name), `root:${name}`, PLACE_MODE)),
    ...publishedFolders(recipe).map((path) => ({ is: 'published', path, owner: own, mode: '0755' }) as const),
    ...renderApp(recipe, target, version).map(fileOf),
    ...[renderGrants(recipe, settings), ...keys, ...renderGitAccess(app, settings)].map(fileOf),
    { ...fileOf(renderRights(app, rightsOf(recipe, settings))), is: 'printed', by: 'rights' },
    fileOf({ path: `${home}/lock`, mode: '0640', group: account, text: '' }),
    ...madeThere(app, settings),
    { ...fileOf(renderSudoers(recipe)), is: 'sudoers' },
  ]
}

/** Lists what all apps of a host share. */
export function listSharedFiles(remote: RemoteFiles, version: string, target: Target): HostFile[] {
  const folders = [LIBEXEC, '/etc/shipit', APPS, '/var/lib/shipit', STATES, BUILDS, EMPTY_HOME]
  const shared = [
    ...folders.map((path) => folder(path)),
    ...renderPrograms(remote, target, version).map(fileOf),
    { is: 'installer', path: INSTALLER, mode: '0644', owner: 'root:root' } as const,
    { is: 'link', path: '/usr/local/bin/shipit-gate', to: `${LIBEXEC}/gate` } as const,
  ]
  return shared.map((each) => ({ ...each, shared: true }) as const)
}

function folder(path: string, owner = 'root:root', mode = '0755') {
  return { is: 'folder', path, owner, mode } as const
}

function fileOf({ path, mode, group, text }: BundleFile) {
  return { is: 'file', path, mode, owner: `root:${group ?? 'root'}`, text } as const
}

function madeThere(app: string, { git, people }: HostSettings): HostFile[] {
  const made = (path: string, note: string) => ({ is: 'made-there', path, note }) as const
  return [
    ...['/etc/shipit/manifest', `${APPS}/${app}/manifest`].map((path) =>
      made(path, 'the list of files, for --check'),
    ),
    ...(git.deployKey ? ['key', 'key.pub'] : []).map((name) =>
      made(`${APPS}/${app}/git/${name}`, 'created here, once'),
    ),
    ...people.map(({ name }) => made(`/etc/ssh/authorized_keys.d/${name}`, 'the keys of all apps')),
    ...['/etc/ssh/sshd_config.d/50-shipit.conf', '/etc/shipit/access'].map((path) =>
      made(path, 'where there is an sshd, and it reads that folder'),
    ),
  ]
}
