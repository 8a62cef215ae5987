// `shipit install --diff`: how the recipes that root installed, and what root gave with them, differ from the config.

import { EXIT_CODES } from '../../errors.ts'
import { renderRights } from '../../install/right.ts'
import { rightsOf } from '../../install/rights.ts'
import { askRecipe } from '../../operations/ask/ask-recipe.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import { compileRecipe } from '../../recipe/compile.ts'
import { readWords } from '../../recipe/config-words.ts'
import { digestRecipe } from '../../recipe/recipe.ts'
import { print, printJson } from '../../ui/output/print-lines.ts'
import {
  differs,
  formatRawDiff,
  formatRecipeDiff,
  formatRecipeDiffJson,
  type LocalRecipe,
} from '../../ui/views/recipe-diff.ts'
import { nameCommand, nameEnvironment } from '../../words/command.ts'
import { openHosts, type Words } from '../open-hosts.ts'
import type { Package } from '../reach-hosts.ts'

/**
 * Prints the differences of all hosts.
 * @returns the exit code: 0 where all are equal, 1 where one differs, else that of the error
 */
export async function diffRecipes(
  words: Words & { json: boolean; raw: boolean },
  shipit: Package,
): Promise<number> {
  const { config, environment, reach, app } = await openHosts(words, shipit)
  const { recipe, access } = config
  const text = compileRecipe(recipe, shipit.version)
  const local: LocalRecipe = {
    text,
    words: readWords(text),
    rights: renderRights(app, rightsOf(recipe, access)).text,
    digest: digestRecipe(recipe),
    more: nameCommand('install --diff --raw', nameEnvironment(environment.name, words.host)),
  }
  const recipes = (await askRecipe(reach.targets, app)).map((each) =>
    each.text === undefined ? each : { ...each, words: readWords(each.text) },
  )
  reach.close()
  if (words.json) printJson(formatRecipeDiffJson(local, recipes))
  else print(words.raw ? formatRawDiff(local, recipes) : formatRecipeDiff(local, recipes))
  const exitCode = exitCodeOf(recipes)
  const isOther = recipes.some((each) => differs(each, local))
  return exitCode === EXIT_CODES.success && isOther ? EXIT_CODES.failed : exitCode
}
