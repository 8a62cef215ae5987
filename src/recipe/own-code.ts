// Which steps run code of the repository as the app's account: anybody who can push to an allowed branch then has that account's rights. Pure.
import type { Recipe } from './recipe.ts'
import { kindOf } from './step.ts'

/** Names the steps that may run code of the repository as the app's account. */
export function stepsWithOwnCode({ steps }: Recipe): string[] {
  return steps.filter((step) => kindOf(step).runsOwnCode?.(step)).map(({ name }) => name)
}
