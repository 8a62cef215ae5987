// What a run will do with the flags that were asked: the client's side of remote/lib/steps-to-do.sh, so that a host can't leave steps out.
import { defined } from '../defined.ts'
import type { PlannedStep } from '../protocol/event.ts'
import type { AskedFlag } from '../protocol/request.ts'
import type { Recipe } from './recipe.ts'
import { kindOf, type Step } from './step.ts'

/** Plans a run: all steps in order, those marked that it will skip. */
export function planSteps(
  recipe: Recipe,
  asked: readonly AskedFlag[],
  where: 'host' | 'sandbox',
): PlannedStep[] {
  const given = new Set(asked.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)))
  return recipe.steps.map((step) => {
    const skipped = skipReason(step, given, where)
    return { name: step.name, phase: step.phase, ...defined({ skipped }) }
  })
}

/** What a person has to give or leave out for a step to run, by the step's name: `--docs`, `no --docs`. */
export function flagsOfSteps(recipe: Recipe): ReadonlyMap<string, string> {
  return new Map(
    recipe.steps.flatMap(({ name, when }): [string, string][] => {
      if (when === undefined) return []
      const flag = `--${when.replace('!', '').replace('=', ' ')}`
      return [[name, when.startsWith('!') ? `no ${flag}` : flag]]
    }),
  )
}

/** Where a recipe's steps write, by the name of the step, as far as it is known; null for one that only looks. */
export function publishedBy(recipe: Recipe): ReadonlyMap<string, string | null> {
  return new Map(
    recipe.steps.flatMap((step): [string, string | null][] => {
      const place = kindOf(step).shownAt?.(step)
      return place === undefined ? [] : [[step.name, place]]
    }),
  )
}

/** The steps that root runs, by name: nobody else can end them. */
export function runByRoot(recipe: Recipe): ReadonlySet<string> {
  return new Set(recipe.steps.filter((step) => kindOf(step).rootArgv).map(({ name }) => name))
}

/** Says whether a step runs a program in the tree of the commit: what it finds differs from machine to machine. */
export function runsProgram({ steps }: Recipe, name: unknown): boolean {
  return steps.some((step) => step.name === name && kindOf(step).runsInTree)
}

/** The steps that the sandbox leaves out, with what each needs: `apachectl restart (needs root)`. */
export function untriedInSandbox({ steps }: Recipe): string[] {
  return steps.flatMap((step) => {
    const { needsHost } = kindOf(step)
    return needsHost === undefined ? [] : [`${step.name} (needs ${needsHost})`]
  })
}

function skipReason(
  step: Step,
  given: ReadonlySet<string>,
  where: 'host' | 'sandbox',
): PlannedStep['skipped'] {
  if (step.when !== undefined) {
    const wanted = step.when.startsWith('!') ? !given.has(step.when.slice(1)) : given.has(step.when)
    if (!wanted) return 'flag'
  }
  return kindOf(step).needsHost && where === 'sandbox' ? 'sandbox' : undefined
}
