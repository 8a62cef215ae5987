// Steps that use folders of the commit which `paths` does not name: a change there would be none of the app, and --changed pass over it. Pure.
import { posix } from 'node:path'
import type { Recipe } from '../../recipe/recipe.ts'
import { kindOf, type Step } from '../../recipe/step.ts'
import { isWithin } from '../../recipe/writable-places.ts'

/** Says of each folder that a step publishes or works in, and that `paths` does not cover. @param paths none where the config has none */
export function describeUncovered({ steps }: Recipe, paths: readonly string[]): string[] {
  if (paths.length === 0) return []
  // what a build makes is in no commit
  const known = [...paths, ...steps.flatMap((step) => kindOf(step).made?.(step) ?? [])].map(plain)
  return steps
    .flatMap((step) => foldersOf(step).map((folder) => ({ step, folder })))
    .filter(({ folder }) => !known.some((each) => isWithin(folder, each)))
    .map(
      ({ step, folder }) =>
        `step '${step.name}' uses '${folder === '.' ? './' : `${folder}/`}', which \`paths\` does not cover: ` +
        '--changed ignores changes there',
    )
}

function foldersOf(step: Step): string[] {
  const published = kindOf(step).published?.(step)
  // at the top stands what is for the whole repository: of that nobody can say what belongs to the app
  const place = 'in' in step && typeof step.in === 'string' && plain(step.in) !== '.' ? [step.in] : []
  return [...(published === undefined ? [] : [published]), ...place].map(plain)
}

function plain(folder: string): string {
  return posix.normalize(folder).replace(/\/$/, '')
}
