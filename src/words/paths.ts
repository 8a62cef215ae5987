// What a deploy with --changed makes of the paths of the app.
import type { ComparedPaths } from '../results/progress.ts'

/** Says why a host deploys that could have been left out; nothing where something changed, or nothing did. */
export function whyDeployed(state: ComparedPaths): string | undefined {
  const why = REASONS[state]
  return why && `${why}, so --changed deploys`
}

const REASONS: Partial<Record<ComparedPaths, string>> = {
  missing: 'one of the `paths` is in neither commit',
  recipe: 'the live deploy used a different recipe',
  flags: 'the live deploy used different flags',
  unknown: 'the host cannot tell whether anything changed',
}
