// The app's file in sudoers.d: what people may run as the app's account, and what that may run as other accounts. Pure.
import { buildAccounts, buildSteps, rootCommands, servedRepository } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { type BundleFile, LIBEXEC, readAccount } from './bundle.ts'

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
