// The end of a command that ran a recipe: the connections close, and a newcomer is shown where the result lies.
import { EXIT_CODES } from '../../errors.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import type { Recipe } from '../../recipe/recipe.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { print } from '../../ui/output/print-lines.ts'
import { deployedSite } from '../deployed-site.ts'
import type { Reach } from '../reach-hosts.ts'

/**
 * Ends it.
 * @param outcomes of all hosts; nothing if the person left the run
 * @returns the exit code
 */
export function endRun(
  outcomes: readonly HostOutcome[] | undefined,
  { recipe, reach, json }: { recipe: Recipe; reach: Reach; json: boolean },
): number {
  reach.close()
  const exitCode = exitCodeOf(outcomes)
  const isDone = exitCode === EXIT_CODES.success
  if (isDone && reach.sandbox && !json) print(deployedSite(recipe, reach.sandbox))
  return exitCode
}
