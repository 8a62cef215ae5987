// What `shipit install --diff` says: how the recipe on each host, and what root gave with it, differ from the config. In the words of the
// config, or as the sh that is compiled from them.

import type { HostRecipe } from '../../results/host-answer.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'
import { type Colour, chooseStyle, type Style } from '../output/style.ts'
import { anonymous } from './anonymous.ts'
import { foldHosts } from './fold-hosts.ts'
import { type DiffLine, diffLines, type Hunk } from './line-diff.ts'

/** The recipe here: compiled, in the words of the config, what root gives with it, and the command that shows the compiled difference. */
export type LocalRecipe = {
  text: string
  words: readonly string[]
  rights: string
  digest: string
  more: string
}

const COLOURS: Record<DiffLine['sign'], Colour | undefined> = { ' ': undefined, '-': 'red', '+': 'green' }

/** Says whether a host has another recipe or other rights. The heading, which names the version of shipit, does not count. */
export function differs({ text, rights }: HostRecipe, local: LocalRecipe): boolean {
  if (text === undefined) return false
  return withoutHeading(text) !== withoutHeading(local.text) || hasOtherRights(rights, local)
}

/** The sandbox keeps no such list: nobody is root there. */
function hasOtherRights(rights: string | undefined, local: LocalRecipe): boolean {
  return Boolean(rights) && rights !== local.rights
}

/** Formats the differences in the words of the config; hosts with the same recipe are one. */
export function formatRecipeDiff(
  local: LocalRecipe,
  recipes: readonly HostRecipe[],
  style: Style = chooseStyle(process.stdout, process.env),
): string[] {
  return formatHosts(local, recipes, { style, show: formatWords })
}

/** Formats the differences of the compiled recipes. */
export function formatRawDiff(
  local: LocalRecipe,
  recipes: readonly HostRecipe[],
  style: Style = chooseStyle(process.stdout, process.env),
): string[] {
  return formatHosts(local, recipes, { style, show: formatRaw })
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
      words: error ? undefined : wordChanges(recipe, local).map(write),
      rights: error ? undefined : rightChanges(recipe, local).map(write),
      hunks: hunks?.map(({ from, to, lines }) => ({ from, to, lines: lines.map(write) })),
      error: error && errorData(error),
    })
  })
}

type View = {
  style: Style
  show: (recipe: HostRecipe, local: LocalRecipe, shown: { names: string; style: Style }) => string[]
}

function formatHosts(local: LocalRecipe, recipes: readonly HostRecipe[], view: View): string[] {
  const groups = Map.groupBy(recipes, (recipe) =>
    recipe.error
      ? anonymous(recipe, recipe.error.message)
      : `${recipe.digest} ${recipe.text} ${recipe.rights}`,
  )
  return [...groups.values()].flatMap((group, index) => [
    ...(index > 0 ? [''] : []),
    ...group
      .slice(0, 1)
      .flatMap((first) => formatHost(foldHosts(group.map(({ host }) => host)), first, { ...view, local })),
  ])
}

function formatHost(
  names: string,
  recipe: HostRecipe,
  { local, style, show }: View & { local: LocalRecipe },
): string[] {
  const { error, version = '?', digest } = recipe
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
    : hasOtherRights(recipe.rights, local)
      ? 'the same recipe, and other rights: deploys still work'
      : `the same recipe, rendered differently (shipit ${version} there): deploys still work`
  return [
    `${style.paint('bold', names)}: ${style.paint(drift ? 'red' : 'yellow', said)}`,
    ...show(recipe, local, { names, style }),
  ]
}

function formatWords(recipe: HostRecipe, local: LocalRecipe, { style }: { style: Style }): string[] {
  const words = wordChanges(recipe, local)
  const rights = rightChanges(recipe, local)
  return [
    ...words.map((line) => `  ${formatLine({ ...line, text: ` ${line.text}` }, style)}`),
    ...(rights.length > 0 ? [style.paint('bold', '  what root gives:')] : []),
    ...rights.flatMap((line) => formatRight(line, style)),
    `  ${style.paint('yellow', style.next)} To see the compiled recipes: \`${local.more}\``,
  ]
}

/** Lines of the recipe that go and come, in its order. A host's recipe that has no such lines has nothing to compare. */
function wordChanges({ words = [] }: HostRecipe, local: LocalRecipe): DiffLine[] {
  return changes(words.join('\n'), local.words.join('\n'))
}

function rightChanges({ rights }: HostRecipe, local: LocalRecipe): DiffLine[] {
  return rights ? changes(rights, local.rights) : []
}

function changes(before: string, after: string): DiffLine[] {
  return diffLines(before, after, 0)
    .flatMap(({ lines }) => lines)
    .filter(({ sign }) => sign !== ' ')
}

/** HEADING|WHAT|MEANS|DANGER, as a right is read. */
function formatRight({ sign, text }: DiffLine, style: Style): string[] {
  const [, what = '', means = '', danger = ''] = text.split('|').map((field) => cleanLine(field))
  return [
    `  ${formatLine({ sign, text: ` ${what}` }, style)}`,
    ...(means === '' ? [] : [`        ${means}`]),
    ...(danger === '' ? [] : [`      ${style.paint('yellow', '!')} ${danger}`]),
  ]
}

function formatRaw(
  { text = '', digest }: HostRecipe,
  local: LocalRecipe,
  { names, style }: { names: string; style: Style },
): string[] {
  return [
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
    ...lines.map((line) => formatLine(line, style)),
  ]
}

function formatLine(line: DiffLine, style: Style): string {
  const colour = COLOURS[line.sign]
  const text = write({ ...line, text: cleanLine(line.text) })
  return colour ? style.paint(colour, text) : text
}

function write({ sign, text }: DiffLine): string {
  return `${sign}${text}`
}
