// `shipit install --diff`: how the recipes that root installed differ from the one of the config.

import { EXIT_CODES } from '../../errors.ts'
import { askRecipe } from '../../operations/ask/ask-recipe.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import { compileRecipe } from '../../recipe/compile.ts'
import { digestRecipe } from '../../recipe/recipe.ts'
import { print, printJson } from '../../ui/output/print-lines.ts'
import { differs, formatRecipeDiff, formatRecipeDiffJson } from '../../ui/views/recipe-diff.ts'
import { openHosts, type Words } from '../open-hosts.ts'
import type { Package } from '../reach-hosts.ts'

/**
 * Prints the differences of all hosts.
 * @returns the exit code: 0 where all are equal, 1 where one differs, else that of the error
 */
export async function diffRecipes(words: Words & { json: boolean }, shipit: Package): Promise<number> {
  const { config, reach, app } = await openHosts(words, shipit)
  const { recipe } = config
  const local = { app, text: compileRecipe(recipe, shipit.version), digest: digestRecipe(recipe) }
  const recipes = await askRecipe(reach.targets, app)
  reach.close()
  if (words.json) printJson(formatRecipeDiffJson(local, recipes))
  else print(formatRecipeDiff(local, recipes))
  const exitCode = exitCodeOf(recipes)
  const isOther = recipes.some((each) => differs(each, local))
  return exitCode === EXIT_CODES.success && isOther ? EXIT_CODES.failed : exitCode
}
