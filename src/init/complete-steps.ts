// Makes steps that were found one by one a whole recipe: what builds bring back, releases where nothing is published, no two of a name.

import { buildFolder, OUT_IS_A_GUESS, releases } from './found/kinds-of-project.ts'
import { has, type Project } from './found/project.ts'
import type { ProposedStep, StepCall } from './found/proposal.ts'

/** What works with the release, and comes after it. */
const AFTER_RELEASE: ReadonlySet<StepCall> = new Set(['root', 'service', 'restorecon', 'check'])
const PLAIN_WORD = /^[A-Za-z0-9._/=:@,+-]+$/

/** Completes the steps of a script. @param app its name on the host */
export function completeSteps(steps: readonly ProposedStep[], project: Project, app: string): ProposedStep[] {
  if (steps.length === 0) return []
  const fetched: readonly ProposedStep[] = steps.some(({ call }) => call === 'git')
    ? steps
    : [{ call: 'git' }, ...steps]
  const publishes = fetched.some(({ call }) => call === 'rsync' || call === 'releases')
  const whole = publishes ? joinInstalls(fetched) : withReleases(fetched, app)
  return whole.map((step, index, all) => withOut(step, all.slice(index + 1), project))
}

/** Packages that only the next build needs are installed by that build: a step less, and they don't have to come back. */
function joinInstalls(steps: readonly ProposedStep[]): ProposedStep[] {
  const joined: ProposedStep[] = []
  for (const step of steps) {
    const last = joined.at(-1)
    const install = last?.options?.out === 'node_modules' ? wordsOf(last) : undefined
    const build = wordsOf(step)
    const isSamePlace = last?.options?.in === step.options?.in && last?.options?.when === step.options?.when
    if (install === undefined || build === undefined || !isSamePlace) joined.push(step)
    else
      joined[joined.length - 1] = {
        ...step,
        call: 'shell',
        argument: `${install} && ${build}`,
        options: { ...step.options, name: 'build' },
      }
  }
  return joined
}

/** The command of a build step, if sh reads each word of it as it is. */
function wordsOf({ call, argument, options }: ProposedStep): string | undefined {
  if (options?.as !== 'build' || (call !== 'command' && call !== 'shell')) return undefined
  const words = typeof argument === 'string' ? [argument] : (argument ?? [])
  return call === 'shell' || words.every((word) => PLAIN_WORD.test(word)) ? words.join(' ') : undefined
}

/** A script that works in the live folder: its builds come first, and what follows them needs the release. */
function withReleases(steps: readonly ProposedStep[], app: string): ProposedStep[] {
  const at = steps.findIndex(({ call }) => AFTER_RELEASE.has(call))
  const end = at < 0 ? steps.length : at
  return [...steps.slice(0, end), releases(app), ...steps.slice(end)]
}

/** What a later step publishes and the commit does not have is what the last build before it made. */
function withOut(step: ProposedStep, later: readonly ProposedStep[], project: Project): ProposedStep {
  const { options = {} } = step
  if (options.as !== 'build' || options.out !== undefined) return step
  const next = later.findIndex((each) => each.options?.as === 'build' && each.options.out === undefined)
  const out = madeFor(later.slice(0, next < 0 ? undefined : next), options, project)
  const guess = out ?? (isNodeBuild(step) ? buildFolder(project) : undefined)
  if (guess === undefined) return { ...step, note: 'add out: the folder that it makes' }
  const { when, ...rest } = options
  const whole = { ...rest, out: guess, ...(when === undefined ? {} : { when }) }
  return { ...step, options: whole, ...(out === undefined ? { note: OUT_IS_A_GUESS } : {}) }
}

function madeFor(
  later: readonly ProposedStep[],
  options: Readonly<Record<string, unknown>>,
  project: Project,
): string | undefined {
  const folder = typeof options.in === 'string' ? `${options.in}/` : ''
  const made = later.flatMap(({ options: { from } = {} }) => {
    const path = typeof from === 'string' ? from.replace(/\/$/, '') : ''
    const isMade =
      path.startsWith(folder) && path.length > folder.length && path !== '.' && !has(project, path)
    return isMade ? [path.slice(folder.length)] : []
  })
  return made[0]
}

function isNodeBuild({ argument = '' }: ProposedStep): boolean {
  const text = typeof argument === 'string' ? argument : argument.join(' ')
  return /(?:^|&& )(?:npm run|yarn|yarn run|pnpm|pnpm run) build$/.test(text)
}
