// What an install puts on a host, before it is text.
import type { Recipe } from '../recipe/recipe.ts'
import type { HostFile } from './host-files.ts'
import type { HostSettings } from './host-settings.ts'
import type { Right } from './right.ts'

/** All that an install puts on a host, before it is text. */
export type Install = {
  recipe: Recipe
  version: string
  settings: HostSettings
  groups: readonly string[]
  /** the build accounts, where a step needs them */
  builders: readonly string[]
  /** the account that reads the repository, where that is on the host, and the repository's path */
  reader?: { account: string; repository: string }
  files: readonly HostFile[]
  rights: readonly Right[]
}
