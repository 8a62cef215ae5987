// What a deploy with --changed makes of the paths of the app.
import type { ComparedPaths } from '../results/progress.ts'

/** Says why a host deploys that could have been left out; nothing where something changed, or nothing did. */
export function whyDeployed(state: ComparedPaths): string | undefined {
  const why = REASONS[state]
  return why && `${why}, so --changed deploys`
}

const REASONS: Partial<Record<ComparedPaths, string>> = {
  missing: "neither commit has one of the config's `paths`",
  recipe: 'the live deploy had another recipe',
  flags: 'the live deploy had other flags',
  unknown: 'the host cannot tell whether anything changed',
}
