// Where a newcomer can look at what the sandbox deployed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publishedBy } from '../recipe/planned-steps.ts'
import type { Recipe } from '../recipe/recipe.ts'

/** Names the pages, or the folder, below the folder that stands for the sandbox's root. */
export function deployedSite(recipe: Recipe, sandbox: string): string {
  const folders = [...publishedBy(recipe).values()].flatMap((place) =>
    place === null ? [] : [join(sandbox, place)],
  )
  const [folder = sandbox] = folders
  const pages = folders.map((each) => join(each, 'index.html')).filter((page) => existsSync(page))
  const lines = pages.length > 0 ? pages.map((page) => pathToFileURL(page).href) : [folder]
  return `look at it: ${lines.join('\n            ')}`
}
