// Makes steps that were found one by one a whole recipe: what builds bring back, releases where nothing is published, no two of a name.

import { buildFolder, OUT_IS_A_GUESS, releases } from './found/kinds-of-project.ts'
import { has, type Project } from './found/project.ts'
import type { ProposedStep } from './found/proposal.ts'

/** Completes the steps of a script. @param app its name on the host */
export function completeSteps(steps: readonly ProposedStep[], project: Project, app: string): ProposedStep[] {
  if (steps.length === 0) return []
  const fetched: readonly ProposedStep[] = steps.some(({ call }) => call === 'git')
    ? steps
    : [{ call: 'git' }, ...steps]
  const publishes = fetched.some(({ call }) => call === 'rsync' || call === 'releases')
  return (publishes ? fetched : withReleases(fetched, app)).map((step, index, all) =>
    withOut(step, all.slice(index + 1), project),
  )
}

/** A script that works in the live folder: its builds come first, and what follows them needs the release. */
function withReleases(steps: readonly ProposedStep[], app: string): ProposedStep[] {
  const at = steps.findIndex(({ call }) => call === 'root' || call === 'restorecon' || call === 'check')
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

function isNodeBuild({ argument }: ProposedStep): boolean {
  return Array.isArray(argument) && /^(?:npm run|yarn|yarn run|pnpm|pnpm run) build$/.test(argument.join(' '))
}
