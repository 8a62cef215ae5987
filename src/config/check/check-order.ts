// Finds steps that can never work where they stand: before the commit is there, or before another step has made what they publish.
import { posix } from 'node:path'
import { kindOf, type Step } from '../../recipe/step.ts'
import { excludeEachOther } from './compare-targets.ts'
import type { PlacedStep, Problem } from './problem.ts'

/** Names each step that can't work after those before it. */
export function checkOrder(placed: readonly PlacedStep[]): Problem[] {
  return placed.flatMap(({ step, path }, index) => {
    const message = problemOf(
      step,
      placed.slice(0, index).map((each) => each.step),
      placed.slice(index + 1).map((each) => each.step),
    )
    return message === undefined ? [] : [{ path, message }]
  })
}

function problemOf(step: Step, before: readonly Step[], after: readonly Step[]): string | undefined {
  const { published, comparesCommit, releaseMade, releaseShown } = kindOf(step)
  const fetching = before.filter((other) => kindOf(other).fetches)
  // a command may look at something before the commit is there
  if (published && fetching.every(({ when }) => excludeEachOther(when, step.when)))
    return `'${step.name}' works in the commit, but no step before it fetches the commit: put git() before it`
  if (comparesCommit?.(step) && fetching.every(({ when }) => excludeEachOther(when, step.when)))
    return `'${step.name}' asks for {commit}, but no step before it fetches the commit: put git() before it`
  const isMadeIn = (root: string) => (other: Step) => kindOf(other).releaseMade?.(other) === root
  if (releaseShown && !before.some(isMadeIn(releaseShown(step))))
    return `'${step.name}' makes a release live, but no step before it makes one: put everything that releases() returns into steps`
  const isShownIn = (root: string) => (other: Step) => kindOf(other).releaseShown?.(other) === root
  if (releaseMade && !after.some(isShownIn(releaseMade(step))))
    return `'${step.name}' makes a release, but no step after it makes it live: put everything that releases() returns into steps`
  if (!published) return undefined
  const from = posix.normalize(published(step))
  const isMaker = (other: Step) => {
    const made = kindOf(other).made?.(other)
    return made !== undefined && from.startsWith(made)
  }
  const maker = before.some(isMaker) ? undefined : after.find(isMaker)
  return maker === undefined
    ? undefined
    : `'${step.name}' publishes '${published(step)}' before '${maker.name}' has made it: put '${maker.name}' before it`
}
