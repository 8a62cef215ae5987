// The recipe in the words of the config, a line for each thing: what a person compares. Defaults are left out. Pure.
import type { Allow, Recipe, RecipeFlag } from './recipe.ts'
import { kindOf, type Step } from './step.ts'

/** Begins such a line in the compiled recipe. */
const LINE = '#   '
const WORDS_HEADING = '# In the words of the config:'

/** Words the recipe as comments of sh. Values are quoted so that nothing of them begins a line or hides another. */
export function wordRecipe(recipe: Recipe): string[] {
  return [
    WORDS_HEADING,
    ...[
      `account ${write(recipe.account)}`,
      `repository ${write(recipe.repository)}`,
      ...Object.entries(recipe.flags).map(([name, flag]) => wordFlag(name, flag)),
      ...recipe.allow.map(wordRule),
      ...recipe.steps.map(wordStep),
    ].map((line) => LINE + line),
  ]
}

/** Reads these lines back from a compiled recipe; nothing if it has none. */
export function readWords(text: string): string[] {
  const lines = text.split('\n')
  const begin = lines.indexOf(WORDS_HEADING) + 1
  if (begin === 0) return []
  const end = lines.findIndex((line, index) => index >= begin && !line.startsWith(LINE))
  return lines.slice(begin, end === -1 ? undefined : end).map((line) => line.slice(LINE.length))
}

function wordFlag(name: string, { choices }: RecipeFlag): string {
  return choices ? `flag --${name} ${choices.join(' or ')}` : `flag --${name}`
}

function wordRule({ group, ...rule }: Allow): string {
  return `allow ${write({ group, ...rule })}`
}

function wordStep(step: Step): string {
  const { kind, name, phase, timeout, retries, ...own } = step
  const { argumentKey, seconds, phase: usual } = kindOf(step)
  const { [argumentKey ?? '']: argument, ...rest } = own as Record<string, unknown>
  const options = {
    ...rest,
    ...(phase === usual(own) ? {} : { phase }),
    ...(timeout === seconds ? {} : { timeout }),
    ...(retries === 0 ? {} : { retries }),
  }
  const words = [argument, isEmpty(options) ? undefined : options].flatMap((each) => write(each) || [])
  return `step ${write(name)}: ${kind}(${words.join(', ')})`
}

/** As JavaScript would write it, in one line; what is empty is left out. */
function write(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return quoteText(value)
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).filter(([, each]) => !isEmpty(each))
  return `{ ${parts.map(([key, each]) => `${isPlainName(key) ? key : quoteText(key)}: ${write(each)}`).join(', ')} }`
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true
  return typeof value === 'object' && value !== null && Object.values(value).every(isEmpty)
}

/** Says whether a key needs no quotes. */
export function isPlainName(key: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)
}

/** Writes a text as JavaScript. Printable ASCII only: a direction mark could show other words than there are. */
export function quoteText(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replace(/[^\x20-\x7e]/g, escapeUnit)
  return `'${escaped}'`
}

function escapeUnit(unit: string): string {
  if (unit === '\n') return '\\n'
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
