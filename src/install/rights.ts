// What root gives away with an install, as a list of its own: computed once from the config, and shown alike by the head of the script, by the
// script itself, by `shipit install` and by doctor. An administrator decides on it. Pure.
import { createHash } from 'node:crypto'
import { buildAccount, buildAccounts, servedRepository } from '../recipe/compile.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import type { Allow, Recipe } from '../recipe/recipe.ts'
import { rootCaution, rootDanger } from '../recipe/root-dangers.ts'
import { kindOf, type Step } from '../recipe/step.ts'
import { APPS, type BundleFile, buildPlace, LIBEXEC, readAccount } from './bundle.ts'
import type { HostSettings } from './host-settings.ts'
import { policyGroups } from './render-settings.ts'

/** One right: who or what has it, what it allows, and what is dangerous about it. */
export type Right = { heading: string; what: string; means: string; danger?: string | undefined }

/** Lists the rights of an app, in the order in which they are read. */
export function rightsOf(recipe: Recipe, settings: HostSettings): Right[] {
  return [
    ...accountRights(recipe, settings),
    ...recipe.allow.map((rule) => ({
      heading: 'Who may deploy what (* stands for any characters)',
      what: `group ${rule.group}`,
      means: describeRule(rule),
    })),
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
      means: `runs the steps of '${app}', and owns what they publish`,
      danger: [shared, pushed].filter((each) => each !== undefined).join('; ') || undefined,
    },
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: name,
      means: `runs the build steps of ${builtBy(recipe, name)}. That is code of the repository: it can write only ${buildPlace(name)}, read what every account may read, and use the network`,
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
    : 'all branches and tags'
}

/** The refs that a rule names, by kind. */
function namedRefs({ branches, tags }: Pick<Allow, 'branches' | 'tags'>): string[] {
  const list = (names: readonly string[], all: string, one: string) =>
    names.includes('*') ? [all] : names.length === 0 ? [] : [`${one} ${names.join(', ')}`]
  return [...list(branches, 'every branch', 'branches'), ...list(tags, 'every tag', 'tags')]
}

function describeRefs(rule: Allow): string {
  const { branches, tags } = rule
  return [
    ...namedRefs(rule),
    ...(branches.length === 0 ? ['no branch'] : []),
    ...(tags.length === 0 ? ['no tag'] : []),
  ].join(', ')
}

function describeRule(rule: Allow): string {
  const refs = describeRefs(rule)
  const onRefs = rule.verbs.filter((verb) => verb === 'deploy' || verb === 'rollback')
  const others = rule.verbs.filter((verb) => verb !== 'deploy' && verb !== 'rollback')
  const parts = [
    ...(onRefs.length > 0 ? [`${onRefs.join(' and ')}: ${refs}`] : []),
    ...(others.length > 0 ? [others.join(', ')] : []),
    'read status, history and logs',
  ]
  return parts.join('; ')
}

function sudoRights(recipe: Recipe): Right[] {
  const { app, account } = recipe
  const heading = 'sudo, without a password: these commands and no others'
  const steps = recipe.steps.map((step, index) => ({ step, number: index + 1 }))
  const roots = Map.groupBy(
    recipe.steps.filter((step) => kindOf(step).rootArgv),
    (step) => `${step.timeout} ${kindOf(step).rootArgv?.(step)?.join(' ')}`,
  )
  const builds = steps.filter(({ step }) => kindOf(step).account(step) === 'build')
  return [
    ...policyGroups(recipe).map((group) => ({
      heading,
      what: `members of ${group} as ${account}: ${LIBEXEC}/runner`,
      means: `runs ${APPS}/${app}/recipe, which only root can change, if the list above allows it, and refuses all else`,
    })),
    ...[...roots.values()].flatMap((same) =>
      same.slice(0, 1).map((step) => ({
        heading,
        what: `${account} as root: ${(kindOf(step).rootArgv?.(step) ?? []).join(' ')}`,
        means: `exactly these words and no more (step '${same.map(({ name }) => name).join("', '")}'). It is ended after ${step.timeout} s`,
        danger: describeDanger(recipe, step),
      })),
    ),
    ...buildAccounts(recipe).map((name) => ({
      heading,
      what: `${account} as ${name}: ${LIBEXEC}/build ${app} ${builds.map(({ number }) => number).join(', ')} or stop`,
      means: `starts a build step (${builds.map(({ step, number }) => `${number} is ${step.name}`).join(', ')}), or ends it`,
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
  return [...folders].map(([folder, all]) => {
    const deletes = all.some(({ target }) => target.sync?.delete ?? true)
    const reasons = all.flatMap(({ step }) => step.unsafe ?? [])
    return {
      heading: `Folders given to ${recipe.account} (what is in them keeps its owner)`,
      what: folder,
      means: `deploys may change ${deletes ? 'and delete ' : ''}all that is in it (step '${all.map(({ step }) => step.name).join("', '")}')`,
      danger: reasons.length > 0 ? `the config says that this is safe: ${reasons.join('; ')}` : undefined,
    }
  })
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
            means: `git reads the repository with it. It is made here, once; root and ${recipe.account} can read it. It opens nothing on this host`,
          },
        ]
      : []),
  ]
}

function keyRights({ people }: HostSettings): Right[] {
  return people.flatMap(({ name, group, keys }) =>
    keys.map((key) => ({
      heading: 'Keys that may log in (all others stay as they are)',
      what: `${name}: ${fingerprint(key)}`,
      means: `logs in as ${name}, and can ask for what the group ${group} may, and nothing else: no shell, no forwarding. It is taken away by taking it out of the config and installing again`,
    })),
  )
}

/** As ssh-keygen(1) prints it, with the type and the comment of the key. */
function fingerprint(key: string): string {
  const [type = '', blob = '', ...comment] = key.split(' ')
  const sum = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')
  return [`SHA256:${sum}`, ...comment, `(${type.replace(/^ssh-/, '')})`].join(' ')
}

/** Renders the rights for people: headings, and below them each right with its sentence and its danger. */
export function formatRights(rights: readonly Right[]): string[] {
  return rights.flatMap(({ heading, what, means, danger }, index) => [
    ...(rights[index - 1]?.heading === heading ? [] : [`  ${heading}`]),
    `    ${what}`,
    `        ${means}`,
    ...(danger === undefined ? [] : [`      ! ${danger}`]),
  ])
}

/** Renders the rights as a file of the host: one a line, so that after a change the host can tell what changes. */
export function renderRights(app: string, rights: readonly Right[]): BundleFile {
  const field = (text: string) => text.replaceAll('|', '/')
  const lines = rights.map(({ heading, what, means, danger = '' }) =>
    [heading, what, means, danger].map(field).join('|'),
  )
  return {
    path: `${APPS}/${app}/rights`,
    mode: '0644',
    text: lines.map((line) => `${line}\n`).join(''),
  }
}
