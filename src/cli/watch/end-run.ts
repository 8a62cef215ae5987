// The end of a command that ran a recipe: the connections close, and a newcomer is shown where the result lies.
import { EXIT_CODES } from '../../errors.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import { runsProgram, untriedInSandbox } from '../../recipe/planned-steps.ts'
import type { Recipe } from '../../recipe/recipe.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { hintLines, print, say } from '../../ui/output/print-lines.ts'
import { deployedSite } from '../deployed-site.ts'
import type { Reach } from '../reach-hosts.ts'

/** A build that works here may fail there, and the other way round. */
const AS_YOU =
  'The sandbox runs the programs of this machine, as you. On a host, builds run as an account of their own, and find programs in /usr/bin, /bin and /usr/local/bin.'

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
  if (reach.sandbox && !json) {
    if (isDone) {
      const untried = untriedInSandbox(recipe)
      print([
        deployedSite(recipe, reach.sandbox),
        ...(untried.length > 0 ? [`not tried here: ${untried.join(', ')}`] : []),
      ])
    } else if (
      outcomes?.some(
        ({ error }) => error && error.kind !== 'cancelled' && runsProgram(recipe, error.details.step),
      )
    )
      say(hintLines([AS_YOU], process.stderr))
  }
  return exitCode
}
