// The recipe as plain data, complete and checked: what is compiled, and what the digest is taken of.
import { createHash } from 'node:crypto'
import type { Step } from './step.ts'

/** A flag of `shipit deploy` that the recipe declares: a switch, or one of its choices. */
export type RecipeFlag = { char?: string; summary: string; choices?: readonly string[] }

/** What a policy can give. A person with any of them may also read, cancel their own runs and end their own freezes. */
export const VERBS = ['deploy', 'rollback', 'cancel', 'freeze', 'unfreeze'] as const
/** One thing that a policy can give to a group. */
export type Verb = (typeof VERBS)[number]

/** Which Unix group may do what with which branches and tags; `*` stands for any characters. */
export type Allow = {
  group: string
  branches: readonly string[]
  tags: readonly string[]
  verbs: readonly Verb[]
  /** builds of these refs run under a separate build account of that name, whatever account deploys them; of the rules with it the first counts */
  buildAs?: string | undefined
}

export type Recipe = {
  app: string
  /** the account of the host that runs the steps */
  account: string
  repository: string
  flags: Readonly<Record<string, RecipeFlag>>
  allow: readonly Allow[]
  steps: readonly Step[]
}

/** Takes the SHA-256, in hex, of a recipe's data. How shipit renders it, and help texts, do not count. */
export function digestRecipe(recipe: Recipe): string {
  const flags = Object.entries(recipe.flags).map(([name, { choices }]) => ({
    name,
    choices: choices ?? null,
  }))
  return createHash('sha256')
    .update(canonical({ ...recipe, flags }))
    .digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`
}
