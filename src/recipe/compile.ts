// Compiles a recipe to the POSIX sh that root installs: constants, and one function for each step, made of the functions of
// remote/step.sh, remote/lib/command.sh and remote/build.sh. Values from a request never become part of this text.
import { isDeepStrictEqual } from 'node:util'
import { wordRecipe } from './config-words.ts'
import { type Allow, digestRecipe, type Recipe, type Verb } from './recipe.ts'
import { quote, quotePattern } from './sh/quote.ts'
import { kindOf, type Step } from './step.ts'

/**
 * Compiles a checked recipe.
 * @param version of shipit, for the heading
 */
export function compileRecipe(recipe: Recipe, version: string): string {
  const steps = recipe.steps.map((step, index) => ({ step, number: index + 1 }))
  return [
    `# The recipe of the app '${recipe.app}', compiled from deploy.config.ts by shipit ${version}.`,
    '# It holds constants and functions only. The gate, the runner and each step read it; only root may change it.',
    '#',
    ...wordRecipe(recipe),
    '',
    `RECIPE_ACCOUNT=${quote(recipe.account)}`,
    `RECIPE_DIGEST=${quote(digestRecipe(recipe))}`,
    `RECIPE_FLAGS=${quote(declaredFlags(recipe))}`,
    '',
    '# recipe_policy GROUPS VERB KIND/REF: succeeds if one of the groups (each between blanks) may.',
    ...compilePolicy(recipe),
    '',
    ...compileBuilder(recipe),
    '# CALLBACK NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES [PAUSE_SECONDS ON_FAILURE]',
    'recipe_steps() {',
    ...steps.map(({ step, number }) => `\t${listStep(step, number)}`),
    '}',
    '',
    ...compileReleases(recipe),
    ...compileServed(recipe),
    ...steps.flatMap(({ step, number }) => [...compileStep(recipe, step, number), '']),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

/** The sudoers commands of the root steps, each once, after `sudo -n --`: the time limit stands on root's side of it. */
export function rootCommands({ steps }: Recipe): string[][] {
  const commands = steps.flatMap((step) => {
    const argv = kindOf(step).rootArgv?.(step)
    return argv ? [['/usr/bin/timeout', '-k', '5', String(step.timeout), ...argv]] : []
  })
  return commands.filter(
    (command, at) => commands.findIndex((other) => isDeepStrictEqual(other, command)) === at,
  )
}

/** The numbers, from 1, of the steps that run as the build account. */
export function buildSteps(recipe: Recipe): number[] {
  return recipe.steps.flatMap((step, index) => (kindOf(step).account(step) === 'build' ? [index + 1] : []))
}

/** The step that brings the commit; a recipe may have none. */
export function fetchingStep({ steps }: Recipe): Step | undefined {
  return steps.find((step) => kindOf(step).fetches)
}

/** The repository on the host itself that the git step fetches from, with the step's time limit in seconds; nothing if it is elsewhere. */
export function servedRepository(recipe: Recipe): { path: string; timeout: number } | undefined {
  const { repository } = recipe
  const step = fetchingStep(recipe)
  return step && repository.startsWith('/') ? { path: repository, timeout: step.timeout } : undefined
}

function compileServed(recipe: Recipe): string[] {
  const served = servedRepository(recipe)
  if (!served) return []
  return [
    '# The repository on this host, read by a separate account, and its time limit.',
    `RECIPE_SERVED=${quote(served.path)}`,
    `RECIPE_SERVED_SECONDS=${served.timeout}`,
    '',
  ]
}

/** The build account of an app, or the one of its own that a rule of the policy asks for. No app has a _ in its name. */
export function buildAccount(app: string, buildAs?: string): string {
  return `build-${app}${buildAs === undefined ? '' : `_${buildAs}`}`
}

/** The accounts that the recipe's build steps may run under, each once; none if it has no such steps. */
export function buildAccounts(recipe: Recipe): string[] {
  if (buildSteps(recipe).length === 0) return []
  const names = recipe.allow.flatMap(({ buildAs }) => buildAs ?? [])
  return [buildAccount(recipe.app), ...new Set(names.map((name) => buildAccount(recipe.app, name)))]
}

function declaredFlags(recipe: Recipe): string {
  return Object.entries(recipe.flags)
    .map(([name, flag]) => (flag.choices ? `${name}=${flag.choices.join(',')}` : name))
    .join(' ')
}

/** What is given for refs; the rest is for the app. */
const ON_REFS: ReadonlySet<Verb> = new Set(['deploy', 'rollback'])

function compilePolicy(recipe: Recipe): string[] {
  const rules = recipe.allow.map((rule) => {
    const { group, verbs } = rule
    const refs = refPatterns(rule)
    return [
      '\tcase "$1" in',
      `\t*${quote(` ${group} `)}*)`,
      '\t\tcase "$2,$3" in',
      `\t\t${['read,*', ...verbs.flatMap((verb) => (ON_REFS.has(verb) ? refs.map((ref) => `${verb},${ref}`) : [`${verb},*`]))].join(' | ')}) return 0 ;;`,
      '\t\tesac',
      '\t\t;;',
      '\tesac',
    ]
  })
  return ['recipe_policy() {', ...rules.flat(), '\treturn 1', '}']
}

/** The patterns of sh that a rule's refs fit, as KIND/REF. */
function refPatterns({ branches, tags }: Allow): string[] {
  return [
    ...branches.map((branch) => quotePattern(`branch/${branch}`)),
    ...tags.map((tag) => quotePattern(`tag/${tag}`)),
  ]
}

function compileBuilder(recipe: Recipe): string[] {
  if (buildSteps(recipe).length === 0) return []
  const arms = recipe.allow.flatMap((rule) => {
    const patterns = rule.buildAs === undefined ? [] : refPatterns(rule)
    if (patterns.length === 0) return []
    return [`\t${patterns.join(' | ')}) BUILDER=${buildAccount(recipe.app, rule.buildAs)} ;;`]
  })
  return [
    '# recipe_builder KIND/REF: sets BUILDER, the account that its build steps run under.',
    'recipe_builder() {',
    `\tBUILDER=${buildAccount(recipe.app)}`,
    ...(arms.length > 0 ? ['\tcase "$1" in', ...arms, '\tesac'] : []),
    '}',
    '',
  ]
}

function listStep(step: Step, number: number): string {
  const kind = kindOf(step)
  const { moreSeconds, words } = kind.listed?.(step) ?? { moreSeconds: 0, words: [] }
  const limit = String(step.timeout + moreSeconds)
  return [
    ...['"$1"', String(number), quote(step.name), kind.account(step), step.phase, limit],
    ...[quote(step.when ?? ''), String(step.retries), ...words],
  ].join(' ')
}

/** The releases that a rollback can switch back to, without preparing. */
function compileReleases(recipe: Recipe): string[] {
  const releases = recipe.steps.flatMap((step) => {
    const root = kindOf(step).releaseMade?.(step)
    return root === undefined ? [] : [`\t"$1" ${quote(root)} ${quote(step.when ?? '')}`]
  })
  if (releases.length === 0 || !canSwitchBack(recipe)) return []
  return ['# CALLBACK ROOT WHEN', 'recipe_releases() {', ...releases, '}', '']
}

/** Not if a publish step works in the tree and could want there what a step made that would be left out. */
function canSwitchBack({ steps }: Recipe): boolean {
  const makes = (step: Step) => step.phase === 'prepare' && !kindOf(step).leavesTree
  const takes = (step: Step) => {
    const { published, runsInTree } = kindOf(step)
    return step.phase === 'publish' && (published !== undefined || runsInTree)
  }
  return !(steps.some(makes) && steps.some(takes))
}

function compileStep(recipe: Recipe, step: Step, number: number): string[] {
  const kind = kindOf(step)
  if (!kind.buildWords || kind.account(step) !== 'build')
    return [`step_${number}() {`, `\t${kind.sh(step, recipe)}`, '}']
  return [
    `step_${number}() {`,
    `\tbuild_${number} build_away`,
    '}',
    `build_${number}() {`,
    `\t"$1" ${kind.buildWords(step).join(' ')}`,
    '}',
  ]
}
