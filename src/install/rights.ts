// What root gives away with an install, as a list of its own: computed once from the config, and shown alike by the head of the script, by the
// script itself, by `shipit install` and by doctor. An administrator decides on it. Pure.
import { createHash } from 'node:crypto'
import { buildAccount, buildAccounts, servedRepository } from '../recipe/compile.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import { flagsOfSteps } from '../recipe/planned-steps.ts'
import type { Allow, Recipe, Verb } from '../recipe/recipe.ts'
import { rootCaution, rootDanger } from '../recipe/root-dangers.ts'
import { kindOf, type Step } from '../recipe/step.ts'
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
  const heading = 'Accounts (no password, no shell, no login)'
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
      means: `runs the steps of '${app}', owns what they publish, and keeps history and logs in ${STATES}/${app}`,
      danger: [shared, pushed].filter((each) => each !== undefined).join('; ') || undefined,
    },
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: name,
      means: `runs the build steps of ${builtBy(recipe, name)}. The repository says what these do. The account can write only ${buildPlace(name)}, read what every account may read, and use the network. What a build leaves is removed before the next one`,
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
    : 'all that may be deployed'
}

function policyRights(recipe: Recipe): Right[] {
  const heading = 'Who may deploy what (* stands for any characters, / among them)'
  return [
    ...recipe.allow.map((rule) => ({ heading, what: `group ${rule.group}`, means: describeRule(rule) })),
    {
      heading,
      what: 'nobody else',
      means: 'and nothing by itself: a push to the repository starts no deploy',
    },
    ...recipe.steps.map((step) => ({
      heading: 'What each deploy does, in this order, whatever is deployed',
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
      means: `refuses what 'Who may deploy what' does not allow, and else runs the steps above, from ${APPS}/${app}/recipe, which only root can change`,
    },
    ...[...roots.values()].flatMap((same) =>
      same.slice(0, 1).map((step) => ({
        heading,
        what: `${account} as root: ${(kindOf(step).rootArgv?.(step) ?? []).join(' ')}`,
        means: `exactly these words and no more (step '${same.map(({ name }) => name).join("', '")}'). If it is not done in ${step.timeout} s, it is ended, and the deploy fails`,
        danger: describeDanger(recipe, step),
      })),
    ),
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: `${account} as ${name}: ${LIBEXEC}/build ${app} (${builds.map(({ number }) => number).join(', ')} or stop)`,
      means: `starts the build step ${builds.map(({ step, number }) => `${number}, ${step.name}`).join(', or ')}, or ends it`,
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
  const heading = `Folders that deploys fill (the folder becomes ${recipe.account}'s; files that are in it today keep their owners)`
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
    'a web server or PHP, for example: it serves or runs these files as its own account. Anybody who may deploy, or push what is deployed, decides what is in them. If root reads or runs any of them, these people can become root'
  return [...rights, { heading, what: 'whatever serves or runs these files', means }]
}

function sshdRights(recipe: Recipe, settings: HostSettings): Right[] {
  const heading = 'sshd'
  const closed = [
    recipe.account,
    ...buildAccounts(recipe),
    ...(servedRepository(recipe) ? [readAccount(recipe.app)] : []),
  ]
  return [
    { heading, what: closed.join(', '), means: 'sshd lets nobody log in as these' },
    ...(settings.sshd.forceCommand
      ? [
          {
            heading,
            what: `members of ${policyGroups(recipe).join(', ')}`,
            means: 'get the gate in place of a shell',
          },
        ]
      : []),
    ...(settings.git.deployKey
      ? [
          {
            heading: "A key of the host's own",
            what: 'deploy key',
            means: `git reads the repository with it. It is made here, once, and its public half is printed: give it the right to read at the git server, and no more. root and ${recipe.account} can read it. It opens nothing on this host`,
          },
        ]
      : []),
  ]
}

function keyRights({ people }: HostSettings): Right[] {
  return people.flatMap(({ name, group, keys }) =>
    keys.map((key) => ({
      heading: 'Keys that may log in (other keys are not touched)',
      what: `${name}: ${fingerprint(key)}`,
      means: `logs in as ${name}, which the install adds to the group ${group}, and so may ask shipit for what that group is allowed. The key gets no shell and no forwarding. To take it away, take it out of the config and install again: the key goes, and ${name} leaves the group if an install put it there. Other keys of ${name} stay`,
    })),
  )
}

/** As ssh-keygen(1) prints it, with the type and the comment of the key. */
function fingerprint(key: string): string {
  const [type = '', blob = '', ...comment] = key.split(' ')
  const sum = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')
  return [`SHA256:${sum}`, ...comment, `(${type.replace(/^ssh-/, '')})`].join(' ')
}
