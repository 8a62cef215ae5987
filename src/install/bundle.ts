// The bundle: the files that root installs on a host, rendered from remote/ and the recipe. Pure: the caller reads and writes.
import { compileRecipe } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { quote } from '../recipe/sh/quote.ts'
import { kindOf } from '../recipe/step.ts'
import { PROGRAMS, type RemoteFiles } from './remote-parts.ts'

/** What differs between a host and the sandbox; the install script is always rendered for HOST. */
export type Target = { prefix: string; owner: string; sudo: string; searchPath: string }

/** A real host: root owns everything, and sudo stands between the accounts. */
export const HOST: Target = {
  prefix: '',
  owner: 'root',
  sudo: '/usr/bin/sudo',
  searchPath: '/usr/sbin:/usr/bin:/sbin:/bin',
}

export const LIBEXEC = '/usr/local/libexec/shipit'
export const APPS = '/etc/shipit/apps'
export const STATES = '/var/lib/shipit/apps'
export const BUILDS = '/var/lib/shipit/build'
/** The home of the build accounts: nobody can leave anything in it. */
export const EMPTY_HOME = '/var/lib/shipit/empty'
/** Whoever is of the account's group may make files there; what another made stays as it is. */
export const PLACE_MODE = '1770'

/** One file of the bundle; all belong to the owner of the target. An account's own group may read what has it. */
export type BundleFile = {
  path: string
  mode: '0755' | '0644' | '0640' | '0600' | '0440'
  group?: string
  text: string
}

/** Renders the programs that all apps of a host share, each joined from its parts. */
export function renderPrograms(remote: RemoteFiles, target: Target, version: string): BundleFile[] {
  const texts = renderParts(remote, target, version)
  return Object.entries(PROGRAMS).map(([program, parts]) => ({
    path: `${LIBEXEC}/${program}`,
    mode: '0755',
    text: parts.map((part) => texts[part]).join('\n'),
  }))
}

/**
 * Renders the parts of the programs, each once, by the name of its file in remote/.
 * @throws RangeError when a placeholder is left: a fault in remote/
 */
export function renderParts(
  remote: RemoteFiles,
  target: Target,
  version: string,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {
    '@SEARCH_PATH@': target.searchPath,
    '@VERSION@': version,
    '@PREFIX@': target.prefix,
    '@OWNER@': target.owner,
    '@SUDO@': target.sudo,
  }
  const names = new Set(Object.values(PROGRAMS).flat())
  const fill = (name: string) =>
    (remote[name] ?? '').replace(/@[A-Z_]+@/g, (placeholder) => {
      const value = values[placeholder]
      if (value === undefined) throw new RangeError(`remote/${name}: no value for ${placeholder}`)
      return quote(value)
    })
  return Object.fromEntries([...names].map((name) => [name, fill(name)]))
}

/** Renders what belongs to one app, without its sudoers file. */
export function renderApp(recipe: Recipe, target: Target, version: string): BundleFile[] {
  const folder = `${APPS}/${recipe.app}`
  return [
    { path: `${folder}/recipe`, mode: '0644', text: compileRecipe(recipe, version) },
    { path: `${folder}/git/.gitconfig`, mode: '0644', text: renderGitConfig(recipe, target) },
  ]
}

/**
 * git's settings for the app. It refuses a local repository of another owner unless root says otherwise (CVE-2022-24765): on a host
 * any, since the account that reads it trusts none of them (remote/serve.sh).
 */
function renderGitConfig(recipe: Recipe, target: Target): string {
  const local = target.sudo === '' ? `${target.prefix}/srv/git/${recipe.app}.git` : recipe.repository
  const heading = `# git's settings for the app '${recipe.app}': its deploys read only these and the system's.\n`
  // quoted, since a sandbox may lie in a folder with a blank, a # or a ; in its name (git-config(1))
  const value = `"${local.replace(/["\\]/g, '\\$&')}"`
  if (!local.startsWith('/')) return heading
  // the path may lead to a checkout, or be a symlink, and git asks for where that leads (not before 2.35.3, which does not know *)
  const anywhere = target.sudo === '' ? '' : '\tdirectory = *\n'
  return `${heading}[safe]\n\tdirectory = ${value}\n${anywhere}`
}

/** The account that reads the repository of an app, where that is on the host. It runs no code of anybody's. */
export function readAccount(app: string): string {
  return `read-${app}`
}

/** The work place of a build account: root's, and open to that account alone. */
export function buildPlace(account: string): string {
  return `${BUILDS}/${account.slice('build-'.length)}`
}

/** The folders of the host that a recipe publishes to. */
export function publishedFolders(recipe: Recipe): string[] {
  const folders = recipe.steps.flatMap((step) => kindOf(step).filled?.(step).folder ?? [])
  return [...new Set(folders)]
}

/** Those of them that the config says deploys may have all the same. */
export function unsafeFolders({ steps }: Recipe): string[] {
  const unsafe = steps.filter((step) => step.unsafe !== undefined)
  return unsafe.flatMap((step) => kindOf(step).filled?.(step).folder ?? [])
}
