// The scripts that root runs on a host to install an app and to take it away: what is the app's own, in readable form, and how it finds
// the installer, which is the same for all apps. Pure.
import { defined } from '../defined.ts'
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import { neededPrograms } from '../recipe/needed-programs.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { quote } from '../recipe/sh/quote.ts'
import { kindOf } from '../recipe/step.ts'
import { rootPaths } from '../recipe/writable-places.ts'
import { HOST, publishedFolders, readAccount, unsafeFolders } from './bundle.ts'
import { type HostFile, INSTALLER, listHostFiles } from './host-files.ts'
import { type HostSettings, PLAIN_HOST } from './host-settings.ts'
import type { Install } from './install-plan.ts'
import { type Installer, renderInstaller } from './installer.ts'
import type { RemoteFiles } from './remote-parts.ts'
import { policyGroups } from './render-settings.ts'
import { renderRights } from './right.ts'
import { rightsOf } from './rights.ts'
import { describeInstall, describeUninstall } from './script-head.ts'
import { END_OF_FILE, stage } from './stage-lines.ts'
import { renderAlias, renderFreedom, renderSettings } from './sudo-settings.ts'

/** A script for root: the app's own lines, and the installer that they need. */
export type RootScript = { own: readonly string[]; installer: Installer }

/**
 * Renders the install script of an app: POSIX sh that changes nothing when it is run a second time.
 * @throws RangeError when a file has the line that ends a file in the script: a fault of the caller, which checks the recipe
 */
export function renderInstallScript(
  recipe: Recipe,
  remote: RemoteFiles,
  version: string,
  settings: HostSettings = PLAIN_HOST,
): RootScript {
  const served = servedRepository(recipe)
  const install: Install = {
    recipe,
    version,
    settings,
    groups: policyGroups(recipe),
    builders: buildAccounts(recipe),
    ...defined({ reader: served && { account: readAccount(recipe.app), repository: served.path } }),
    files: listHostFiles(recipe, { remote, version, settings }, HOST),
    rights: rightsOf(recipe, settings),
  }
  const installer = renderInstaller(remote, version)
  const own = [
    ...describeInstall(install, installer),
    ...shellState(recipe.app),
    "TASK='install'",
    "USAGE='[--summary | --check | --uninstall | --purge] [--ask] [--wait SECONDS]'",
    "PURGE=''",
    ...constants(install),
    '',
    ...listRights(install),
    ...stageFunctions(install),
    ...listRootSteps(recipe),
    ...beginning(remote, installer),
  ]
  return { own, installer }
}

/** Renders the script that takes an app from a host: what it removes is what the host itself has noted. */
export function renderUninstallScript(
  app: string,
  remote: RemoteFiles,
  version: string,
  { purge }: { purge: boolean },
): RootScript {
  const installer = renderInstaller(remote, version)
  const own = [
    ...describeUninstall({ app, version, purge }, installer),
    ...shellState(app),
    "TASK='uninstall'",
    "USAGE='[--purge] [--ask] [--wait SECONDS]'",
    `PURGE=${quote(purge ? 'yes' : '')}`,
    '',
    ...beginning(remote, installer),
  ]
  return { own, installer }
}

/** The script as a file of its own: it finds the installer beside it, or on the host. */
export function withoutInstaller({ own }: RootScript): string {
  return close([...own, `find_installer "$(dirname -- "$0")/$INSTALLER_NAME" ${INSTALLER}`])
}

/**
 * The script and the installer in one text, for standard input, or a host without shipit.
 * @throws RangeError when the installer has the line that ends it: a fault in remote/
 */
export function withInstaller({ own, installer }: RootScript): string {
  if (installer.text.split('\n').includes(END_OF_INSTALLER))
    throw new RangeError(`the installer holds ${END_OF_INSTALLER}`)
  return close([
    ...own,
    `take_installer <<'${END_OF_INSTALLER}' || no_installer 'the installer in this script is not whole, or /tmp is full'`,
    `${installer.text}${END_OF_INSTALLER}`,
  ])
}

const END_OF_INSTALLER = 'SHIPIT_END_OF_INSTALLER'

/** What runs it is one command, of several lines: cut anywhere, the script does nothing. */
function close(lines: readonly string[]): string {
  return [...lines, '{', '\t. "$LOADED/installer"', '\tmain "$@"', '\texit', '}', ''].join('\n')
}

function beginning(remote: RemoteFiles, { name, text: all, sha256 }: Installer): string[] {
  const text = remote['install/begin']
  if (text === undefined) throw new RangeError('there is no remote/install/begin.sh')
  const bytes = Buffer.byteLength(all)
  return [`INSTALLER_NAME=${quote(name)}`, `INSTALLER_BYTES=${bytes}`, `INSTALLER_SHA256=${sha256}`, '', text]
}

function shellState(app: string): string[] {
  return [
    // the first command: what follows looks for it
    'SCRIPT_BEGINS=here',
    'set -fu',
    'LC_ALL=C',
    `PATH=${HOST.searchPath}`,
    'export LC_ALL PATH',
    'unset CDPATH ENV BASH_ENV GREP_OPTIONS TMPDIR',
    'umask 022',
    '',
    `APP=${quote(app)}`,
  ]
}

function constants({ recipe, groups, builders, reader, settings }: Install): string[] {
  const roots = recipe.steps.flatMap((step) => kindOf(step).rootArgv?.(step)[0] ?? [])
  const needed = [
    ...['visudo', 'sudo', 'getent', 'stat', 'sha256sum', 'mktemp', 'install'],
    ...neededPrograms(recipe.steps),
    ...(settings.git.deployKey ? ['ssh-keygen'] : []),
    ...(settings.people.length > 0 || settings.sshd.forceCommand ? ['sshd', 'chpasswd'] : []),
  ]
  return [
    `POLICY_GROUPS=${quote(groups.join(' '))}`,
    `ACCOUNT=${quote(recipe.account)}`,
    `SHARED_ACCOUNT=${quote(settings.sharedAccount ? 'yes' : '')}`,
    `BUILDERS=${quote(builders.join(' '))}`,
    `READER=${quote(reader?.account ?? '')}`,
    `REPOSITORY=${quote(reader?.repository ?? '')}`,
    `PUBLISHED=${quote(publishedFolders(recipe).join(' '))}`,
    `UNSAFE_FOLDERS=${quote(unsafeFolders(recipe).join(' '))}`,
    `NEEDED=${quote(needed.join(' '))}`,
    `ROOT_PROGRAMS=${quote([...new Set(roots)].join(' '))}`,
    `DEPLOY_KEY=${quote(settings.git.deployKey ? 'yes' : '')}`,
  ]
}

function listRights({ recipe, rights }: Install): string[] {
  const { text } = renderRights(recipe.app, rights)
  return [
    '# What root gives away.',
    'rights() {',
    `\tcat <<'${END_OF_FILE}'`,
    `${text}${END_OF_FILE}`,
    '}',
    '',
  ]
}

/** What the host has to look at: the root steps that don't say why they are safe, each with the paths that its words name. */
function listRootSteps({ steps }: Recipe): string[] {
  const lines = steps.flatMap((step) => {
    const argv = step.unsafe === undefined ? kindOf(step).rootArgv?.(step) : undefined
    return argv ? [`\t"$1" ${[step.name, ...rootPaths(argv)].map(quote).join(' ')}`] : []
  })
  const services = steps.flatMap((step) => {
    const service = kindOf(step).service?.(step)
    if (!service) return []
    const words = [step.name, service.unit, service.verb, ...(step.unsafe === undefined ? [] : ['safe'])]
    return [`\t"$1" ${words.map(quote).join(' ')}`]
  })
  return [
    ...['# CALLBACK STEP PROGRAM [PATH|unit:NAME]...', 'each_root_step() {', ...lines, '\t:', '}', ''],
    ...['# CALLBACK STEP UNIT VERB [safe]', 'each_service() {', ...services, '\t:', '}', ''],
  ]
}

function stageFunctions({ recipe, files }: Install): string[] {
  return [
    '# ---- what this app has on the host; the lines of sudoers stand below',
    'stage_app() {',
    ...files.filter(({ shared }) => !shared).flatMap(stage),
    '}',
    '',
    '# ---- sudoers: put in place last',
    'stage_sudoers() {',
    ...files.flatMap((file) => (file.is === 'sudoers' ? stageSudoers(recipe, file) : [])),
    '}',
    '',
  ]
}

function stageSudoers(recipe: Recipe, { path, mode, owner, text }: HostFile & { is: 'sudoers' }): string[] {
  return [
    `\tstage new-sudoers <<'${END_OF_FILE}' || no_room`,
    `${text}# The settings that sudo needs for these commands, whatever else is set here. One per line, since some versions do not know all of them.`,
    `${renderAlias(recipe)}${END_OF_FILE}`,
    `\tadd_settings <<'${END_OF_FILE}' || no_room`,
    `${renderSettings(recipe)}${END_OF_FILE}`,
    '\ttag_lines',
    `\tfree_of <<'${END_OF_FILE}' || no_room`,
    `${renderFreedom(recipe)}${END_OF_FILE}`,
    `\tstage_file ${mode} ${owner} ${quote(path)} <"$STAGE/new-sudoers" || exit 1`,
  ]
}
