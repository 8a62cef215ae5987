// The scripts that root runs on a host to install an app and to take it away: the parts of remote/install, and every file of the
// bundle in readable form. Pure.
import { defined } from '../defined.ts'
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import { neededPrograms } from '../recipe/needed-programs.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { quote } from '../recipe/sh/quote.ts'
import { kindOf } from '../recipe/step.ts'
import { rootPaths } from '../recipe/writable-places.ts'
import { HOST, LIBEXEC, publishedFolders, readAccount } from './bundle.ts'
import { type HostFile, listHostFiles } from './host-files.ts'
import { type HostSettings, PLAIN_HOST } from './host-settings.ts'
import type { Install } from './install-plan.ts'
import { BOTH_SCRIPTS, INSTALL_ONLY, type RemoteFiles } from './remote-parts.ts'
import { policyGroups } from './render-settings.ts'
import { renderRights, rightsOf } from './rights.ts'
import { describeInstall, describeUninstall } from './script-head.ts'
import { renderAlias, renderFreedom, renderSettings } from './sudo-settings.ts'

const END_OF_FILE = 'SHIPIT_END_OF_FILE'

/**
 * Renders the install script of an app: POSIX sh that changes nothing when it is run a second time.
 * @throws RangeError when a file has the line that ends a file in the script: a fault of the caller, which checks the recipe
 */
export function renderInstallScript(
  recipe: Recipe,
  remote: RemoteFiles,
  version: string,
  settings: HostSettings = PLAIN_HOST,
): string {
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
  return [
    ...describeInstall(install),
    ...shellState(recipe.app, version),
    "TASK='install'",
    "USAGE='[--summary | --check | --uninstall | --purge] [--ask] [--wait SECONDS]'",
    ...constants(install),
    '',
    ...parts(remote, [...BOTH_SCRIPTS, ...INSTALL_ONLY]),
    '# ---- what is installed',
    '',
    ...listRights(install),
    ...listRootSteps(recipe),
    ...stageFunctions(install),
    remotePart(remote, 'main'),
  ].join('\n')
}

/** Renders the script that takes an app from a host: what it removes is what the host itself has noted. */
export function renderUninstallScript(
  app: string,
  remote: RemoteFiles,
  version: string,
  { purge }: { purge: boolean },
): string {
  return [
    ...describeUninstall(app, version, { purge }),
    ...shellState(app, version),
    "TASK='uninstall'",
    "USAGE='[--purge] [--ask] [--wait SECONDS]'",
    ...parts(remote, BOTH_SCRIPTS),
    remotePart(remote, 'main').replace(/main "\$@"\n$/, purge ? 'main --purge "$@"\n' : 'main "$@"\n'),
  ].join('\n')
}

function shellState(app: string, version: string): string[] {
  return [
    // the first command: main looks for it
    'SCRIPT_BEGINS=here',
    'set -fu',
    'LC_ALL=C',
    `PATH=${HOST.searchPath}`,
    'export LC_ALL PATH',
    'unset CDPATH ENV BASH_ENV GREP_OPTIONS TMPDIR',
    'umask 022',
    '',
    `APP=${quote(app)}`,
    `VERSION=${quote(version)}`,
    `LIBEXEC=${LIBEXEC}`,
  ]
}

function constants({ recipe, groups, builders, reader, settings }: Install): string[] {
  const roots = recipe.steps.flatMap((step) => kindOf(step).rootArgv?.(step)[0] ?? [])
  const needed = [
    ...['visudo', 'sudo', 'getent', 'stat', 'sha256sum', 'mktemp'],
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

/** Folders that the config says deploys may have all the same. */
function unsafeFolders({ steps }: Recipe): string[] {
  const unsafe = steps.filter((step) => step.unsafe !== undefined)
  return unsafe.flatMap((step) => kindOf(step).filled?.(step).folder ?? [])
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
  return ['# CALLBACK STEP PROGRAM [PATH|unit:NAME]...', 'each_root_step() {', ...lines, '\t:', '}', '']
}

function parts(remote: RemoteFiles, names: readonly string[]): string[] {
  return names.map((name) => remotePart(remote, name))
}

function remotePart(remote: RemoteFiles, name: string): string {
  const text = remote[`install/${name}`]
  if (text === undefined) throw new RangeError(`there is no remote/install/${name}.sh`)
  return text
}

function stageFunctions({ recipe, files }: Install): string[] {
  return [
    '# Shared by all apps of the host.',
    'stage_shared() {',
    ...files.filter(({ shared }) => shared).flatMap(stage),
    '}',
    '',
    '# For this app.',
    'stage_app() {',
    ...files.filter(({ shared }) => !shared).flatMap(stage),
    '}',
    '',
    '# Put in place last.',
    'stage_sudoers() {',
    ...files.flatMap((file) => (file.is === 'sudoers' ? stageSudoers(recipe, file) : [])),
    '}',
    '',
  ]
}

function stageSudoers(recipe: Recipe, { path, mode, owner, text }: HostFile & { is: 'sudoers' }): string[] {
  return [
    `\tcat >"$STAGE/new-sudoers" <<'${END_OF_FILE}'`,
    `${text}# The settings that sudo needs for these commands, whatever else is set here. One per line, since some versions do not know all of them.`,
    `${renderAlias(recipe)}${END_OF_FILE}`,
    `\tadd_settings <<'${END_OF_FILE}'`,
    `${renderSettings(recipe)}${END_OF_FILE}`,
    '\ttag_lines',
    `\tfree_of <<'${END_OF_FILE}'`,
    `${renderFreedom(recipe)}${END_OF_FILE}`,
    `\tstage_file ${mode} ${owner} ${quote(path)} <"$STAGE/new-sudoers"`,
  ]
}

/** The line of the script that stages it; none for what the script makes in other ways. */
function stage(file: HostFile): string[] {
  switch (file.is) {
    case 'folder':
    case 'published':
      return [`\twant folder ${file.mode} ${file.owner} ${quote(file.path)}`]
    case 'link':
      return [`\twant link:${file.to} - - ${file.path}`]
    case 'file':
      return [`\tstage_file ${file.mode} ${file.owner} ${quote(file.path)} ${hereDocument(file)}`]
    case 'printed':
      return [`\t${file.by} | stage_file ${file.mode} ${file.owner} ${quote(file.path)} || exit 1`]
    case 'sudoers':
    case 'made-there':
      return []
  }
}

function hereDocument({ path, text }: { path: string; text: string }): string {
  if (text === '') return '</dev/null'
  // the rest of such a file would be run by root
  if (text.split('\n').includes(END_OF_FILE)) throw new RangeError(`${path} holds ${END_OF_FILE}`)
  return `<<'${END_OF_FILE}'\n${text}${END_OF_FILE}`
}
