// Where what was deployed can be looked at.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publishedBy } from '../recipe/planned-steps.ts'
import type { Recipe } from '../recipe/recipe.ts'

/** An address that means another machine wherever it is asked for. */
const LOCAL = /^(?:localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0)$/

/** Names the page that people see, by the recipe's first check of one: where that asks the host itself, the site that it asks for. */
export function siteOf({ steps }: Recipe): string | undefined {
  for (const step of steps) {
    if (step.kind !== 'check' || !URL.canParse(step.url)) continue
    const url = new URL(step.url)
    if (step.host !== undefined) {
      // the host's own port is not the one that people use
      url.port = ''
      url.host = step.host
    }
    if (!LOCAL.test(url.hostname)) return url.href
  }
  return undefined
}

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
