// The bundle: the files that root installs on a host, rendered from remote/ and the recipe. Pure: the caller reads and writes.
import {
  buildAccounts,
  buildSteps,
  compileRecipe,
  rootCommands,
  servedRepository,
} from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { quote } from '../recipe/sh/quote.ts'
import { kindOf } from '../recipe/step.ts'

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

/** Which files of remote/ are joined to which program, in order. */
const PROGRAMS = {
  gate: ['lib/prelude', 'lib/trail', 'lib/judge', 'lib/policy', 'gate'],
  runner: [
    'lib/prelude',
    'lib/trail',
    'lib/judge',
    'lib/policy',
    'lib/event',
    'lib/steps-to-do',
    'lib/records',
    'lib/current',
    'runner/follow',
    'runner/answer',
    'lib/way-back',
    'lib/discard',
    'runner/retention',
    'runner/start',
    'runner/orders',
    'runner/doctor-files',
    'runner/doctor-sshd',
    'runner/doctor',
    'lib/inherited',
    'runner/caller',
    'runner',
  ],
  run: [
    'lib/prelude',
    'lib/trail',
    'lib/judge',
    'lib/event',
    'lib/steps-to-do',
    'lib/records',
    'lib/way-back',
    'lib/discard',
    'lib/staging',
    'run/output',
    'run/steps',
    'run/end',
    'run/go-back',
    'run',
  ],
  watch: ['lib/prelude', 'lib/trail', 'lib/event', 'lib/records', 'watch'],
  step: [
    ...(['lib/prelude', 'lib/judge', 'lib/event', 'lib/records', 'lib/way-back'] as const),
    ...([
      'lib/discard',
      'lib/staging',
      'lib/current',
      'step/room',
      'step/mirror',
      'step/git',
      'step/filters',
      'step/links',
      'step/excludes',
      'step/bring',
      'step/published',
      'step/rsync',
      'step/shared',
      'step/releases',
      'step/check',
      'step/build-away',
      'step/look',
      'step',
    ] as const),
  ],
  build: ['lib/prelude', 'lib/judge', 'lib/discard', 'build/sweep', 'build'],
  private: ['lib/prelude', 'private'],
  serve: ['lib/prelude', 'lib/judge', 'serve'],
  'as-root': ['lib/prelude', 'lib/inherited', 'as-root'],
} as const

/** The files of remote/, by name without `.sh`. */
export type RemoteFiles = Readonly<Record<string, string>>

/** The parts of the scripts that root runs, by name below remote/install. */
const INSTALL_PARTS = [
  ...[
    'base',
    'trees',
    'places',
    'root-words',
    'rights',
    'accounts',
    'kept',
    'apart',
    'journal',
    'wants',
    'checks',
    'sudoers',
    'locks',
  ],
  ...['access', 'sshd', 'sshd-proof', 'forced', 'selinux', 'leftovers', 'unused'],
  ...[
    'in-force',
    'overruled',
    'logins',
    'repository',
    'existing',
    'make-accounts',
    'install',
    'uninstall',
    'main',
  ],
]

/** The names that RemoteFiles must have. */
export const REMOTE_NAMES: readonly string[] = [
  ...new Set(Object.values(PROGRAMS).flat()),
  ...INSTALL_PARTS.map((name) => `install/${name}`),
]

/**
 * Renders the programs that all apps of a host share.
 * @throws RangeError when a placeholder is left: a fault in remote/
 */
export function renderPrograms(remote: RemoteFiles, target: Target, version: string): BundleFile[] {
  const values: Record<string, string> = {
    '@SEARCH_PATH@': target.searchPath,
    '@VERSION@': version,
    '@PREFIX@': target.prefix,
    '@OWNER@': target.owner,
    '@SUDO@': target.sudo,
  }
  return Object.entries(PROGRAMS).map(([program, parts]) => {
    const joined = parts.map((part) => remote[part]).join('\n')
    const text = joined.replace(/@[A-Z_]+@/g, (placeholder) => {
      const value = values[placeholder]
      if (value === undefined) throw new RangeError(`remote/${program}: no value for ${placeholder}`)
      return quote(value)
    })
    return { path: `${LIBEXEC}/${program}`, mode: '0755', text }
  })
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

/** Renders the app's file in sudoers.d: one line for the groups, one for each step that another account runs. */
export function renderSudoers(recipe: Recipe): BundleFile {
  const groups = [...new Set(recipe.allow.map(({ group }) => group))]
  const roots = rootLines(recipe)
  const lines = [
    `# The app '${recipe.app}' of shipit.`,
    '# The one line for people. The runner judges the words that it gets.',
    ...groups.map((group) => `%${sudoersWord(group)} ALL=(${recipe.account}) NOPASSWD: ${LIBEXEC}/runner`),
    ...(roots.length > 0 ? ['# The root steps of the recipe, word for word.'] : []),
    ...roots.map((command) => `${recipe.account} ALL=(root) NOPASSWD: ${command}`),
    ...(buildSteps(recipe).length > 0
      ? ['# The build steps, under an account that may do nothing else.']
      : []),
    ...buildLines(recipe).map((line) => `${recipe.account} ALL=${line}`),
    ...(servedRepository(recipe)
      ? [
          '# The repository on this host, read by an account that has no other rights.',
          `${recipe.account} ALL=(${readAccount(recipe.app)}) NOPASSWD: ${LIBEXEC}/serve ${recipe.app}`,
        ]
      : []),
  ]
  return { path: `/etc/sudoers.d/shipit-${recipe.app}`, mode: '0440', text: `${lines.join('\n')}\n` }
}

/** The root steps as sudoers has them: a known state of the process first (remote/as-root.sh), then the time limit and the command. */
export function rootLines(recipe: Recipe): string[] {
  return rootCommands(recipe).map((words) => [`${LIBEXEC}/as-root`, ...words.map(sudoersWord)].join(' '))
}

/** Puts a backslash before what sudoers(5) would read as more than the character; `sudo -l` prints it, too. */
function sudoersWord(word: string): string {
  return word.replace(/[\\:=,()!]/g, '\\$&')
}

/** What the deploy account may run as each build account, as sudo lists it: `(build-APP) NOPASSWD: …`. */
export function buildLines(recipe: Recipe): string[] {
  return buildAccounts(recipe).flatMap((account) =>
    [...buildSteps(recipe), 'stop'].map(
      (word) => `(${account}) NOPASSWD: ${LIBEXEC}/build ${recipe.app} ${word}`,
    ),
  )
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
