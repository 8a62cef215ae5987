// Finds steps that can never work where they stand: before the commit is there, or before another step has made what they publish.
import { posix } from 'node:path'
import type { Step } from '../recipe/recipe.ts'
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
  const fetching = before.filter(({ kind }) => kind === 'git')
  // a command may look at something before the commit is there
  if (publishesTree(step) && fetching.every(({ when }) => excludeEachOther(when, step.when)))
    return `'${step.name}' works in the commit, which no step has brought by then: put git() before it`
  if (step.kind === 'switch' && !before.some((other) => isReleaseOf(step, other)))
    return `'${step.name}' makes a release live that no step before it makes: put all that releases() returns into steps`
  if (step.kind === 'release' && !after.some((other) => isSwitchOf(step, other)))
    return `'${step.name}' makes a release that no step after it makes live: put all that releases() returns into steps`
  if (step.kind !== 'rsync' && step.kind !== 'release') return undefined
  const isMade = (other: Step) =>
    madeBy(other).some((folder) => posix.normalize(step.from).startsWith(folder))
  const maker = before.some(isMade) ? undefined : after.find(isMade)
  return maker === undefined
    ? undefined
    : `'${step.name}' publishes '${step.from}' before '${maker.name}' has made it: put '${maker.name}' before it`
}

function publishesTree({ kind }: Step): boolean {
  return kind === 'rsync' || kind === 'release'
}

function isReleaseOf(step: Extract<Step, { kind: 'switch' }>, other: Step): boolean {
  return other.kind === 'release' && other.root === step.root
}

function isSwitchOf(step: Extract<Step, { kind: 'release' }>, other: Step): boolean {
  return other.kind === 'switch' && other.root === step.root
}

/** The folder of the tree that a build step brings back, with a slash at its end. */
function madeBy(step: Step): string[] {
  return 'out' in step && step.out !== undefined ? [posix.normalize(`${step.in}/${step.out}/`)] : []
}
