// What `shipit init` proposes for a project: what deploys it today, as a recipe; else a recipe of its kind.
import { defined } from '../defined.ts'
import { isRefName } from '../protocol/grammar.ts'
import { completeSteps } from './complete-steps.ts'
import { byKind, docsSteps, parseJson } from './found/kinds-of-project.ts'
import type { Project } from './found/project.ts'
import type { Finding, Proposal, Unread } from './found/proposal.ts'
import { appName, nameOfRepository, readRemote, usableRemotes } from './found/repository-url.ts'
import { renderConfig } from './render-config.ts'
import { soundSteps } from './sound-steps.ts'
import { readOtherTool } from './tools/other-tools.ts'
import { readBashScript, readFabfile, readWorkflow } from './tools/scripts.ts'

/** What the person has said, which counts for more than what was found. */
export type Given = {
  app?: string | undefined
  repository?: string | undefined
  branch?: string | undefined
  hosts?: readonly string[] | undefined
  user?: string | undefined
  script?: string | undefined
}

/** Stand in a config for what nobody knows yet. */
export const OPEN = {
  host: 'web1.example.com',
  repository: (app: string) => `git@git.example.com:${app}.git`,
} as const

/** A config of more lines is no longer seen at once. */
const MOST_LINES = 25
/** Beside the docs' two. */
const FEW_STEPS = 7
export const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/
export const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/

/** The answer: what to write, what it is made of, and what is missing. */
export type Proposed = { proposal: Proposal; found: Finding; unread: Unread[] }

/** Proposes a config. @param knownHosts lines of known_hosts by the name of a git server */
export function proposeConfig(
  project: Project,
  given: Given = {},
  knownHosts: (server: string) => readonly string[] = () => [],
): Proposed {
  const guess = appName(given.app ?? nameOf(project))
  const found = findDeploy(project, guess, given.script)
  const app = given.app ?? appName(found.app ?? guess)
  const remote = usableRemotes(project.git?.remotes ?? [])[0]?.repository.url
  const known =
    given.repository ?? remote ?? (found.repository && readRemote({ name: '', url: found.repository })?.url)
  const server = known === undefined ? undefined : readRemote({ name: '', url: known })?.server
  const hosts = given.hosts ?? found.hosts?.filter((host) => HOST_NAME.test(host)) ?? []
  const user = given.user ?? found.user
  const docs =
    found.flags === undefined && found.steps.length <= FEW_STEPS ? docsSteps(project, app) : { steps: [] }
  const branch = given.branch ?? found.branch ?? project.git?.branch ?? 'main'
  const proposal: Proposal = {
    app,
    // a name that can't be one is told as that
    repository: known ?? OPEN.repository(appName(app)),
    knownHosts: server === undefined ? [] : knownHosts(server),
    branch: isRefName(branch) ? branch : 'main',
    hosts: hosts.length > 0 ? hosts : [OPEN.host],
    flags: found.flags ?? docs.flags ?? {},
    steps: [...below(completeSteps(found.steps, project, app), project), ...below(docs.steps, project)],
    open: [
      ...(known === undefined ? (['repository'] as const) : []),
      ...(hosts.length === 0 ? (['hosts'] as const) : []),
    ],
    ...defined({ user: user !== undefined && USER.test(user) ? user : undefined }),
  }
  const { steps, flags, left } = soundSteps(
    proposal,
    MOST_LINES - linesOf(renderConfig({ ...proposal, steps: [] })),
  )
  const used = new Set(steps.map(({ options }) => String(options?.when ?? '').replace('!', '')))
  const kept = Object.fromEntries(Object.entries(flags).filter(([name]) => used.has(name)))
  return {
    proposal: { ...proposal, steps, flags: kept },
    found,
    unread: [...found.unread, ...left].sort((one, other) => one.line - other.line),
  }
}

function linesOf(text: string): number {
  return text.trimEnd().split('\n').length
}

/** What deploys the project today; its kind where nothing does. */
function findDeploy(project: Project, app: string, script: string | undefined): Finding {
  const candidates = [
    readBashScript(project, script),
    readOtherTool(project, app),
    readFabfile(project),
    readWorkflow(project),
  ]
  // a script of which nothing was made out is named, and its kind proposed
  const told = candidates.find((each) => each !== undefined && each.steps.length > 0)
  if (told) return told
  const unread = candidates.flatMap((each) => each?.unread ?? [])
  return { ...byKind(project, app), unread }
}

function nameOf({ name, texts, git }: Project): string {
  const manifest =
    parseJson<{ name?: string }>(texts.get('package.json')) ??
    parseJson<{ name?: string }>(texts.get('composer.json'))
  const python = /^\[project\][^[]*?^name\s*=\s*["']([^"']+)/ms.exec(texts.get('pyproject.toml') ?? '')?.[1]
  const remote = git?.below === '' ? usableRemotes(git.remotes)[0] : undefined
  const ofManifest = typeof manifest?.name === 'string' ? manifest.name.split('/').at(-1) : undefined
  return ofManifest ?? python ?? (remote ? nameOfRepository(remote.repository.url) : name)
}

/** Steps of a folder below the top of the checkout: their paths begin at the top. */
function below(steps: Proposal['steps'], { git }: Project): Proposal['steps'] {
  const folder = git?.below ?? ''
  if (folder === '') return steps
  return steps.map((step) => {
    const { options = {} } = step
    const path = (value: unknown) => `${folder}${String(value).replace(/^\.\//, '')}`
    if (step.call === 'rsync') return { ...step, options: { ...options, from: path(options.from) } }
    if (step.call === 'releases')
      return { ...step, options: { ...options, from: path(options.from ?? './') } }
    if (options.as === 'build')
      return {
        ...step,
        options: {
          in: options.in === undefined ? folder.replace(/\/$/, '') : path(options.in),
          ...without(options, 'in'),
        },
      }
    return step
  })
}

function without(options: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== key))
}
