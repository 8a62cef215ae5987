// Compiles a recipe to the POSIX sh that root installs: constants, and one function for each step, made of the functions of
// remote/step.sh and remote/build.sh. Values from a request never become part of this text.
import { quote, quotePattern } from './quote.ts'
import { type Allow, digestRecipe, type Recipe, type Step, type Verb } from './recipe.ts'

/**
 * Compiles a checked recipe.
 * @param version of shipit, for the heading
 */
export function compileRecipe(recipe: Recipe, version: string): string {
  const steps = recipe.steps.map((step, index) => ({ step, number: index + 1 }))
  return [
    `# The recipe of the app '${recipe.app}', compiled from deploy.config.ts by shipit ${version}.`,
    '# It holds constants and functions only. The gate, the runner and each step read it; root alone may change it.',
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

/** The sudoers command of a root step, after `sudo -n --`: the time limit stands on root's side of it. */
export function rootCommand(step: Extract<Step, { kind: 'root' }>): string[] {
  return ['/usr/bin/timeout', '-k', '5', String(step.timeout), ...step.argv]
}

/** The numbers, from 1, of the steps that run as the build account. */
export function buildSteps(recipe: Recipe): number[] {
  return recipe.steps.flatMap((step, index) => ('as' in step && step.as === 'build' ? [index + 1] : []))
}

/** The repository on the host itself that the git step fetches from, with the step's time limit in seconds; nothing if it is elsewhere. */
export function servedRepository({
  repository,
  steps,
}: Recipe): { path: string; timeout: number } | undefined {
  const step = steps.find(({ kind }) => kind === 'git')
  return step && repository.startsWith('/') ? { path: repository, timeout: step.timeout } : undefined
}

function compileServed(recipe: Recipe): string[] {
  const served = servedRepository(recipe)
  if (!served) return []
  return [
    '# The repository on this host, read by an account of its own, and for how long at most.',
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

/** More than its own limit, so that a check can say what it waited for. */
const CHECK_MARGIN_SECONDS = 5

function listStep(step: Step, number: number): string {
  const limit = step.kind === 'check' ? step.timeout + CHECK_MARGIN_SECONDS : step.timeout
  const words = [
    ...['"$1"', String(number), quote(step.name), accountOrKind(step), step.phase, String(limit)],
    ...[quote(step.when ?? ''), String(step.retries)],
    ...(step.kind === 'check' ? [String(step.grace), quote(step.onFailure ?? '')] : []),
  ]
  return words.join(' ')
}

function accountOrKind(step: Step): string {
  if (step.kind === 'root' || step.kind === 'git' || step.kind === 'check') return step.kind
  return 'as' in step && step.as === 'build' ? 'build' : 'own'
}

/** The releases that a rollback can switch back to, without preparing. */
function compileReleases(recipe: Recipe): string[] {
  const releases = recipe.steps.flatMap((step) => (step.kind === 'release' ? [step] : []))
  if (releases.length === 0 || !canSwitchBack(recipe)) return []
  return [
    '# CALLBACK ROOT WHEN',
    'recipe_releases() {',
    ...releases.map(({ root, when }) => `\t"$1" ${quote(root)} ${quote(when ?? '')}`),
    '}',
    '',
  ]
}

/** Not if a publish step works in the tree and could want there what a step made that would be left out. */
function canSwitchBack({ steps }: Recipe): boolean {
  const makes = ({ kind, phase }: Step) => phase === 'prepare' && kind !== 'git' && kind !== 'release'
  const takes = ({ kind, phase }: Step) => phase === 'publish' && ['rsync', 'command', 'shell'].includes(kind)
  return !(steps.some(makes) && steps.some(takes))
}

function compileStep(recipe: Recipe, step: Step, number: number): string[] {
  if ('as' in step && step.as === 'build') {
    const words = [quote(step.in), quote(step.out ?? ''), String(step.timeout), ...commandWords(step)]
    return [
      `step_${number}() {`,
      `\tbuild_${number} build_away`,
      '}',
      `build_${number}() {`,
      `\t"$1" ${words.join(' ')}`,
      '}',
    ]
  }
  return [`step_${number}() {`, `\t${body(recipe, step)}`, '}']
}

function body(recipe: Recipe, step: Step): string {
  switch (step.kind) {
    case 'git':
      return `fetch_tree ${quote(recipe.repository)}`
    case 'rsync':
      return [
        'sync_tree',
        quote(step.from),
        quote(step.to),
        step.delete ? 'delete' : 'keep',
        ...step.exclude.map(quote),
      ].join(' ')
    case 'root':
      return ['as_root', String(step.timeout), ...step.argv.map(quote)].join(' ')
    case 'restorecon':
      return `restore_label ${quote(step.path)} ${quote(step.type ?? '')}`
    case 'release':
      return [
        'make_release',
        quote(step.root),
        String(step.keep),
        quote(step.from),
        ...step.shared.map(quote),
      ].join(' ')
    case 'switch':
      return `switch_release ${quote(step.root)} ${step.keep}`
    case 'check':
      return `check_url ${quote(step.url)} ${step.status} ${step.timeout} ${quote(step.text ?? '')}`
    case 'command':
    case 'shell':
      return ['run_command', quote(step.in), ...commandWords(step)].join(' ')
  }
}

function commandWords(step: Extract<Step, { kind: 'command' | 'shell' }>): string[] {
  const variables = Object.entries(step.env).map(([name, value]) => quote(`${name}=${value}`))
  const argv = step.kind === 'shell' ? ['/bin/sh', '-euc', step.text] : step.argv
  return [...variables, ...argv.map(quote)]
}
