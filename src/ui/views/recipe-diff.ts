// What `shipit install --diff` says: how the recipe on each host differs from the one that is compiled here.

import type { HostRecipe } from '../../results/host-answer.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'
import { type Colour, chooseStyle, type Style } from '../output/style.ts'
import { anonymous } from './anonymous.ts'
import { foldHosts } from './fold-hosts.ts'
import { type DiffLine, diffLines, type Hunk } from './line-diff.ts'

/** The recipe here. */
export type LocalRecipe = { app: string; text: string; digest: string }

const COLOURS: Record<DiffLine['sign'], Colour | undefined> = { ' ': undefined, '-': 'red', '+': 'green' }

/** Says whether a host has another recipe. The heading, which names the version of shipit, does not count. */
export function differs({ text }: HostRecipe, local: LocalRecipe): boolean {
  return text !== undefined && withoutHeading(text) !== withoutHeading(local.text)
}

/** Formats the differences; hosts with the same recipe are one. */
export function formatRecipeDiff(
  local: LocalRecipe,
  recipes: readonly HostRecipe[],
  style: Style = chooseStyle(process.stdout, process.env),
): string[] {
  const groups = Map.groupBy(recipes, (recipe) =>
    recipe.error ? anonymous(recipe, recipe.error.message) : `${recipe.digest} ${recipe.text}`,
  )
  return [...groups.values()].flatMap((group, index) => [
    ...(index > 0 ? [''] : []),
    ...group
      .slice(0, 1)
      .flatMap((first) => formatHost(foldHosts(group.map(({ host }) => host)), first, { local, style })),
  ])
}

/** Formats the differences for programs: one line of JSON for each host. */
export function formatRecipeDiffJson(local: LocalRecipe, recipes: readonly HostRecipe[]): string[] {
  return recipes.map((recipe) => {
    const { host, text, digest, version, error } = recipe
    const hunks = text === undefined ? undefined : hunksOf(text, local)
    return renderJsonLine({
      event: 'recipe-diff',
      host,
      equal: error ? undefined : !differs(recipe, local),
      drift: error ? undefined : digest !== local.digest,
      version,
      digest,
      localDigest: local.digest,
      hunks: hunks?.map(({ from, to, lines }) => ({ from, to, lines: lines.map(write) })),
      error: error && errorData(error),
    })
  })
}

type View = { local: LocalRecipe; style: Style }

function formatHost(names: string, recipe: HostRecipe, { local, style }: View): string[] {
  const { error, text = '', version = '?', digest } = recipe
  if (error) {
    return [
      style.paint('bold', names),
      ...cleanLines(error.message).map((line) => `  ${style.paint('red', style.failed)} ${line}`),
      ...error.suggestions.map((line) => `  ${style.paint('yellow', style.next)} ${cleanLine(line)}`),
    ]
  }
  if (!differs(recipe, local)) {
    return [
      `${style.paint('bold', names)}: ${style.paint('green', `${style.done} the recipe is the same as here`)}`,
    ]
  }
  const drift = digest !== local.digest
  const said = drift
    ? 'a different recipe: deploys from here are refused'
    : `the same recipe, rendered differently (shipit ${version} there): deploys still work`
  return [
    `${style.paint('bold', names)}: ${style.paint(drift ? 'red' : 'yellow', said)}`,
    style.paint('bold', `--- on ${names} (digest ${(digest ?? '?').slice(0, 12)})`),
    style.paint('bold', `+++ here (digest ${local.digest.slice(0, 12)})`),
    ...hunksOf(text, local).flatMap((hunk) => formatHunk(hunk, style)),
  ]
}

function hunksOf(text: string, local: LocalRecipe): Hunk[] {
  return diffLines(withoutHeading(text), withoutHeading(local.text)).map((hunk) => ({
    ...hunk,
    from: hunk.from + 1,
    to: hunk.to + 1,
  }))
}

function withoutHeading(text: string): string {
  return text.replace(/^# The recipe of the app .*\n/, '')
}

function formatHunk({ from, to, lines }: Hunk, style: Style): string[] {
  const gone = lines.filter(({ sign }) => sign !== '+').length
  const come = lines.filter(({ sign }) => sign !== '-').length
  return [
    style.paint('dim', `@@ -${from},${gone} +${to},${come} @@`),
    ...lines.map((line) => {
      const colour = COLOURS[line.sign]
      const text = write({ ...line, text: cleanLine(line.text) })
      return colour ? style.paint(colour, text) : text
    }),
  ]
}

function write({ sign, text }: DiffLine): string {
  return `${sign}${text}`
}
