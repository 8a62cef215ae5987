// Finds steps that can never work where they stand: before the commit is there, or before another step has made what they publish.
import { posix } from 'node:path'
import { KINDS, kindOf, type Step } from '../../recipe/step.ts'
import { excludeEachOther } from './compare-targets.ts'
import type { Problem, StepInOrder } from './problem.ts'

/** Names each step that can't work after those before it. One that is wrong by itself is what it may have been meant to be. */
export function checkOrder(order: readonly StepInOrder[]): Problem[] {
  return order.flatMap((each, index) => {
    if (!each.step) return []
    const message = problemOf(
      each.step,
      new Others(order.slice(0, index)),
      new Others(order.slice(index + 1)),
    )
    return message === undefined ? [] : [{ path: each.path, message }]
  })
}

type Ability = 'fetches' | 'made' | 'releaseMade' | 'releaseShown'

/** The steps on one side of another. */
class Others {
  readonly #all: readonly StepInOrder[]

  constructor(all: readonly StepInOrder[]) {
    this.#all = all
  }

  find(fits: (step: Step) => boolean): Step | undefined {
    return this.#all.find(({ step }) => step && fits(step))?.step
  }

  /** One of them fits, or is wrong by itself and of a kind that can do it, or of none that is known. */
  mayHave(ability: Ability, fits: (step: Step) => boolean): boolean {
    return this.#all.some((each) =>
      each.step ? fits(each.step) : each.kind === undefined || KINDS[each.kind][ability] !== undefined,
    )
  }
}

function problemOf(step: Step, before: Others, after: Others): string | undefined {
  const { published, comparesCommit, releaseMade, releaseShown } = kindOf(step)
  const isFetched = () =>
    before.mayHave(
      'fetches',
      (other) => kindOf(other).fetches === true && !excludeEachOther(other.when, step.when),
    )
  // a command may look at something before the commit is there
  if (published && !isFetched())
    return `'${step.name}' works in the commit, but no step before it fetches the commit: put git() before it`
  if (comparesCommit?.(step) && !isFetched())
    return `'${step.name}' asks for {commit}, but no step before it fetches the commit: put git() before it`
  const isMadeIn = (root: string) => (other: Step) => kindOf(other).releaseMade?.(other) === root
  if (releaseShown && !before.mayHave('releaseMade', isMadeIn(releaseShown(step))))
    return `'${step.name}' makes a release live, but no step before it makes one: put everything that releases() returns into steps`
  const isShownIn = (root: string) => (other: Step) => kindOf(other).releaseShown?.(other) === root
  if (releaseMade && !after.mayHave('releaseShown', isShownIn(releaseMade(step))))
    return `'${step.name}' makes a release, but no step after it makes it live: put everything that releases() returns into steps`
  if (!published) return undefined
  const from = posix.normalize(published(step))
  const isMaker = (other: Step) => {
    const made = kindOf(other).made?.(other)
    return made !== undefined && from.startsWith(made)
  }
  const maker = before.mayHave('made', isMaker) ? undefined : after.find(isMaker)
  return maker === undefined
    ? undefined
    : `'${step.name}' publishes '${published(step)}' before '${maker.name}' has made it: put '${maker.name}' before it`
}
