// The flags of `shipit deploy` that the recipe declares.

import { type Command, Flags } from '@oclif/core'
import { defined } from '../defined.ts'
import type { AskedFlag } from '../protocol/request.ts'
import type { RecipeFlag } from '../recipe/recipe.ts'
import { type ConfigWords, loadConfig } from './load-config.ts'

/**
 * Loads the flags that the recipe of a command line declares. It reads the config and asks no host.
 * @param argv words of `shipit deploy`, not yet parsed
 * @throws ConfigError
 */
export async function recipeFlags(
  argv: readonly string[],
  limitMs: number,
): Promise<Readonly<Record<string, RecipeFlag>>> {
  const config = await loadConfig(configWords(argv), { limitMs })
  return config.recipe.flags
}

/** Finds --config and --app in a command line that can't be parsed yet: the config says which flags there are. */
export function configWords(argv: readonly string[]): ConfigWords {
  return { config: wordAfter(argv, '--config'), app: wordAfter(argv, '--app') }
}

function wordAfter(argv: readonly string[], flag: string): string | undefined {
  for (const [index, word] of argv.entries()) {
    if (word === '--') return undefined
    if (word === flag) return argv[index + 1]
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1)
  }
  return undefined
}

/** Renders declared flags for oclif: a switch, or one of the declared choices. */
export function renderFlags(
  declared: Readonly<Record<string, RecipeFlag>>,
): Record<string, Command.Flag.Any> {
  return Object.fromEntries(
    Object.entries(declared).map(([name, { char, summary, choices }]) => {
      const shared = { summary, helpGroup: 'RECIPE', ...defined({ char: isLetter(char) ? char : undefined }) }
      return [name, choices ? Flags.string({ ...shared, options: [...choices] }) : Flags.boolean(shared)]
    }),
  )
}

type Letter = NonNullable<Command.Flag.Any['char']>

function isLetter(char: string | undefined): char is Letter {
  return char !== undefined && /^[A-Za-z]$/.test(char)
}

/** Takes from parsed flags those that the recipe declares, in declared order. */
export function askedFlags(
  declared: Readonly<Record<string, RecipeFlag>>,
  parsed: Readonly<Record<string, unknown>>,
): AskedFlag[] {
  return Object.entries(declared).flatMap(([name, { choices }]): AskedFlag[] => {
    const value = parsed[name]
    if (choices) return typeof value === 'string' ? [{ name, value }] : []
    return value === true ? [{ name }] : []
  })
}
