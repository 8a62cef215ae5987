// What root gives away with an install, as a list of its own: computed once from the config, and shown alike by the head of the script, by the
// script itself, by `shipit install` and by doctor. An administrator decides on it. Pure.
import { buildAccount, buildAccounts, servedRepository } from '../recipe/compile.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import { flagsOfSteps } from '../recipe/planned-steps.ts'
import type { Allow, Recipe, Verb } from '../recipe/recipe.ts'
import { rootCaution, rootDanger } from '../recipe/root-dangers.ts'
import { kindOf, type Step } from '../recipe/step.ts'
import { keyRights, sshdRights } from './access-rights.ts'
import { APPS, buildPlace, LIBEXEC, readAccount, STATES } from './bundle.ts'
import type { HostSettings } from './host-settings.ts'
import { policyGroups } from './render-settings.ts'
import type { Right } from './right.ts'

/** Lists the rights of an app, in the order in which they are read. */
export function rightsOf(recipe: Recipe, settings: HostSettings): Right[] {
  return [
    ...accountRights(recipe, settings),
    ...policyRights(recipe),
    ...sudoRights(recipe),
    ...folderRights(recipe),
    ...sshdRights(recipe, settings),
    ...keyRights(settings),
  ]
}

function accountRights(recipe: Recipe, settings: HostSettings): Right[] {
  const { app, account } = recipe
  const heading = 'System accounts, made if they are missing (no password, no shell, no login)'
  const ownCode = stepsWithOwnCode(recipe)
  const shared = settings.sharedAccount
    ? "other apps that say sharedAccount may run as it: each of these apps can rewrite the others' trees, history and logs, and use their root lines"
    : undefined
  const pushed =
    ownCode.length > 0
      ? `code of the repository runs as ${account} in these steps: ${ownCode.join(', ')}. So a person who can push what is then deployed can do all that ${account} may`
      : undefined
  const served = servedRepository(recipe)
  return [
    {
      heading,
      what: account,
      means: `runs the steps of '${app}', owns the files that they publish, and keeps history and logs in ${STATES}/${app}`,
      danger: [shared, pushed].filter((each) => each !== undefined).join('; ') || undefined,
    },
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: name,
      means: `runs the build steps of ${builtBy(recipe, name)}: anyone who can push to one of them decides what its steps do. The account can write ${buildPlace(name)} and what every account may write (such as /tmp), read what every account may read, and use the network. Files and processes that a build leaves are removed before the next one`,
    })),
    ...(served
      ? [{ heading, what: readAccount(app), means: `reads the repository ${served.path}; owns nothing` }]
      : []),
  ]
}

function builtBy({ app, allow }: Recipe, account: string): string {
  const rules = allow.filter(({ buildAs }) => buildAs !== undefined && buildAccount(app, buildAs) === account)
  if (rules.length > 0) return rules.map((rule) => namedRefs(rule).join(', ') || 'nothing').join('; ')
  return allow.some(({ buildAs }) => buildAs !== undefined)
    ? 'all other branches and tags'
    : 'every branch and tag that may be deployed'
}

function policyRights(recipe: Recipe): Right[] {
  const heading = 'Who may deploy what (* matches any characters, including /)'
  return [
    ...recipe.allow.map((rule) => ({ heading, what: `group ${rule.group}`, means: describeRule(rule) })),
    {
      heading,
      what: 'nobody else',
      means: 'a push to the repository starts no deploy. Only commits of the repository can be deployed',
    },
    ...recipe.steps.map((step) => ({
      heading:
        'What each deploy does, in this order: the same, in the same folders, for every branch and tag',
      what: describeStep(recipe, step),
      means: '',
    })),
  ]
}

/** `make html (as build-shop, with --docs)` */
function describeStep(recipe: Recipe, step: Step): string {
  const { account, filled, inPlan, sharedFiles } = kindOf(step)
  const builders = buildAccounts(recipe).join(' or ')
  const as = { build: builders, root: 'root', own: '', command: '', git: '', check: '' }[account(step)]
  const folder = filled?.(step)?.folder
  const files = sharedFiles?.(step).map(({ root, path }) => `${root}/shared/${path}`) ?? []
  const flag = flagsOfSteps(recipe).get(step.name)
  const about = [
    ...(as ? [`as ${as}`] : []),
    ...(folder === undefined ? [] : [`into ${folder}`]),
    ...(files.length === 0 ? [] : [`only if there is ${files.join(' and ')}`]),
    ...(flag === undefined ? [] : [`with ${flag}`]),
    ...(inPlan?.(step) ? ["also by 'shipit plan'"] : []),
  ].join(', ')
  return `${step.name}${about && ` (${about})`}`
}

/** The refs that a rule names, by kind. */
function namedRefs({ branches, tags }: Pick<Allow, 'branches' | 'tags'>): string[] {
  const list = (names: readonly string[], all: string, one: string) =>
    names.includes('*') ? [all] : names.length === 0 ? [] : [`${one} ${names.join(', ')}`]
  return [...list(branches, 'every branch', 'branches'), ...list(tags, 'every tag', 'tags')]
}

function describeRefs(rule: Allow): string {
  const none = [
    ...(rule.branches.length === 0 ? ['no branches'] : []),
    ...(rule.tags.length === 0 ? ['no tags'] : []),
  ]
  return `${namedRefs(rule).join(', ')}${none.length > 0 ? ` (${none.join(', ')})` : ''}`.trim()
}

const VERB_WORDS: Partial<Record<Verb, string>> = {
  freeze: 'freeze (stop all deploys)',
  unfreeze: 'unfreeze what others have frozen',
  cancel: 'cancel runs of others',
}

function describeRule(rule: Allow): string {
  const refs = describeRefs(rule)
  const onRefs = rule.verbs.filter((verb) => verb === 'deploy' || verb === 'rollback')
  const others = rule.verbs.filter((verb) => verb !== 'deploy' && verb !== 'rollback')
  const parts = [
    ...(onRefs.length > 0 ? [`${onRefs.join(' and ')}: ${refs}`] : []),
    ...others.map((verb) => VERB_WORDS[verb] ?? verb),
    'read status, history and logs',
  ]
  return parts.join('; ')
}

function sudoRights(recipe: Recipe): Right[] {
  const { app, account } = recipe
  const heading = 'sudo without a password: this install adds these commands and no others'
  const steps = recipe.steps.map((step, index) => ({ step, number: index + 1 }))
  const roots = Map.groupBy(
    recipe.steps.filter((step) => kindOf(step).rootArgv),
    (step) => `${step.timeout} ${kindOf(step).rootArgv?.(step)?.join(' ')}`,
  )
  const builds = steps.filter(({ step }) => kindOf(step).account(step) === 'build')
  return [
    {
      heading,
      what: `members of ${policyGroups(recipe).join(', ')} as ${account}: ${LIBEXEC}/runner`,
      means: `checks its arguments, and refuses any request that 'Who may deploy what' does not allow. Otherwise it runs the steps above, from ${APPS}/${app}/recipe, which only root can change`,
    },
    ...[...roots.values()].flatMap((same) =>
      same.slice(0, 1).map((step) => ({
        heading,
        what: `${account} as root: ${(kindOf(step).rootArgv?.(step) ?? []).join(' ')}`,
        means: `exactly these words and no more (step '${same.map(({ name }) => name).join("', '")}'). In sudoers they stand behind '${LIBEXEC}/as-root /usr/bin/timeout -k 5 ${step.timeout}': as-root keeps the caller's environment from them, and timeout ends them after ${step.timeout} s, so that the deploy fails`,
        danger: describeDanger(recipe, step),
      })),
    ),
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: `${account} as ${name}: ${LIBEXEC}/build ${app} (${builds.map(({ number }) => number).join(', ')} or stop)`,
      means: `starts build step ${builds.map(({ step, number }) => `${number} (${step.name})`).join(' or ')}, or ends what the account runs`,
    })),
    ...(servedRepository(recipe)
      ? [
          {
            heading,
            what: `${account} as ${readAccount(app)}: ${LIBEXEC}/serve ${app}`,
            means: 'reads the repository',
          },
        ]
      : []),
  ]
}

function describeDanger(recipe: Recipe, step: Step): string | undefined {
  const argv = kindOf(step).rootArgv?.(step) ?? []
  const danger = rootDanger(recipe, argv) ?? rootCaution(recipe, argv)
  if (step.unsafe === undefined) return danger
  return `${danger ?? 'may be used by deploys to become root'}; the config says that it is safe: ${step.unsafe}`
}

function folderRights(recipe: Recipe): Right[] {
  const filled = recipe.steps.flatMap((step) => {
    const target = kindOf(step).filled?.(step)
    return target ? [{ step, target }] : []
  })
  const folders = Map.groupBy(filled, ({ target }) => target.folder)
  const heading = `Folders that deploys fill (the folder itself becomes ${recipe.account}'s; files that are in it today keep their owners)`
  const rights = [...folders].map(([folder, all]) => {
    const deletes = all.some(({ target }) => target.sync?.delete ?? true)
    const reasons = all.flatMap(({ step }) => step.unsafe ?? [])
    return {
      heading,
      what: folder,
      means: `deploys may change ${deletes ? 'and delete ' : ''}all that is in it (step '${all.map(({ step }) => step.name).join("', '")}')`,
      danger: reasons.length > 0 ? `the config says that this is safe: ${reasons.join('; ')}` : undefined,
    }
  })
  if (rights.length === 0) return []
  const means =
    'anybody who may deploy, or push what is deployed, decides what is in these files. A web server or a service uses them under its own account. If root ever runs one of them, or trusts what it says, these people can become root'
  return [...rights, { heading, what: 'whatever serves or runs these files', means }]
}
