// Checks the steps of a config and makes them complete: what the compiler may rely on is enforced here.
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { defaultName } from '../../recipe/default-name.ts'
import type { RecipeFlag } from '../../recipe/recipe.ts'
import { KINDS, kindOf, type Step } from '../../recipe/step.ts'
import type { WrittenStep } from '../../recipe/steps.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { keyOf, ONE_EACH, textsOf } from '../schema/schema-parts.ts'
import { STEP_SCHEMAS } from '../schema/step-schemas.ts'
import { type PlacedStep, type Problem, problemsOf, type StepInOrder } from './problem.ts'

const MAX_STEPS = 40

/**
 * Checks the steps as they were written.
 * @param flags what `when` may name
 */
export function checkSteps(
  written: readonly unknown[],
  flags: Readonly<Record<string, RecipeFlag>>,
): { steps: Step[]; placed: PlacedStep[]; order: StepInOrder[]; problems: Problem[] } {
  const steps: Step[] = []
  const order: StepInOrder[] = []
  const problems: Problem[] = []
  const flat = flatten(written, 'steps')
  const names: string[] = []
  for (const { each, path } of flat) {
    const { step, name, when, problems: own } = checkStep(each, path)
    const ofWhen = knowsWhen(when, flags)
      ? []
      : [{ path: `${path}.when`, message: describeWhen(when, flags) }]
    const isTaken = name !== undefined && names.includes(name)
    const isSameRoot = step !== undefined && steps.some((other) => makeOneRelease(step, other))
    problems.push(...own, ...ofWhen)
    if (isTaken)
      problems.push({
        path,
        message: `has the same name as another step, '${name}': give it a different name`,
      })
    else if (isSameRoot)
      problems.push({ path, message: 'has the same root as other releases: give it a different root' })
    if (name !== undefined) names.push(name)
    if (step) steps.push(step)
    // of one with a bad `when` it is not known which others it excludes
    if (step && ofWhen.length === 0 && !isSameRoot) order.push({ step, path })
    else order.push({ kind: isWrittenStep(each) ? each.step : undefined })
  }
  if (flat.length > MAX_STEPS) problems.push({ path: 'steps', message: `has more than ${MAX_STEPS} steps` })
  // both steps of releases() have the same options, and who wrote them is told once
  const isFirst = (problem: Problem, at: number) =>
    problems.findIndex((other) => isDeepStrictEqual(other, problem)) === at
  const placed = order.filter((each) => each.step !== undefined)
  return { steps, placed, order, problems: problems.filter(isFirst) }
}

/** The steps of the config and of the lists in it, in order, each with its key path. */
function flatten(written: readonly unknown[], path: string): { each: unknown; path: string }[] {
  return written.flatMap((each, index) => {
    const own = `${path}[${index}]`
    if (!Array.isArray(each) || each.length === 0) return [{ each, path: own }]
    // the author of releases() sees one thing, not two
    const isOne = each.every((part) => isWrittenStep(part) && KINDS[part.step].half !== undefined)
    return isOne ? each.map((part) => ({ each: part, path: own })) : flatten(each, own)
  })
}

/** Both make releases below one root. */
function makeOneRelease(one: Step, other: Step): boolean {
  const root = kindOf(one).releaseMade?.(one)
  return root !== undefined && kindOf(other).releaseMade?.(other) === root
}

/** What is known of a step by itself: all of it only where nothing in it is wrong. */
type Known = { step?: Step; name?: string; when?: string | undefined }

function checkStep(written: unknown, path: string): Known & { problems: Problem[] } {
  if (!isWrittenStep(written)) {
    return {
      problems: [{ path, message: 'is not a step: use git(), rsync(), root(), make(), command(), …' }],
    }
  }
  const schema = STEP_SCHEMAS[written.step]
  // with the key there, its own sentence says why it has no default
  const options = written.step === 'rsync' ? { delete: undefined, ...written.options } : written.options
  const argument = v.safeParse(schema.argument as v.GenericSchema, written.argument, ONE_EACH)
  const checked = v.safeParse(schema.options as v.GenericSchema, options, ONE_EACH)
  const problems = [...problemsOf(argument.issues, path), ...problemsOf(checked.issues, path)]
  const isSound = (key: string) => problems.every((problem) => problem.path !== `${path}.${key}`)
  if (keyOf(options, 'out') !== undefined && keyOf(options, 'as') === undefined && isSound('out'))
    problems.push({
      path: `${path}.out`,
      message: "is only for steps with as: 'build': others work in the tree itself",
    })
  if (argument.success && checked.success) {
    const step = complete(written.step, argument.output, checked.output as Record<string, unknown>)
    return { step, name: step.name, when: step.when, problems }
  }
  const textOf = (key: string) => (isSound(key) ? textsOf([keyOf(options, key)])[0] : undefined)
  const name = textOf('name')
  return {
    ...(name === undefined ? {} : { name: nameOf(written.step, undefined, { name }) }),
    when: textOf('when'),
    problems,
  }
}

function isWrittenStep(value: unknown): value is WrittenStep {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    Object.hasOwn(STEP_SCHEMAS, String(value.step))
  )
}

function complete(kind: Step['kind'], argument: unknown, options: Record<string, unknown>): Step {
  const { argumentKey, half, phase, seconds } = KINDS[kind]
  const own = Object.entries(options).filter(([key]) => !half?.without.includes(key))
  return {
    ...Object.fromEntries(own),
    kind,
    phase: options.phase ?? phase(options),
    name: nameOf(kind, argument, options),
    timeout: options.timeout ?? seconds,
    ...(argumentKey === undefined ? {} : { [argumentKey]: argument }),
  } as Step
}

function nameOf(kind: Step['kind'], argument: unknown, options: Record<string, unknown>): string {
  const { name } = options
  if (name === undefined) return defaultName(kind, argument, options)
  return KINDS[kind].half ? `${kind} ${name}` : String(name)
}

/** Says what is wrong with `when`, and what it may have been meant to be, of all that it may be with these flags. */
function describeWhen(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): string {
  const known = Object.entries(flags).flatMap(([name, { choices }]) =>
    choices ? choices.map((choice) => `${name}=${choice}`) : [name],
  )
  const sign = when?.startsWith('!') ? '!' : ''
  const meant = didYouMean(when?.slice(sign.length) ?? '', known, sign)
  return [`'${when}' is not a flag or choice of the recipe`, ...meant].join('. ')
}

function knowsWhen(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): boolean {
  if (when === undefined) return true
  const [, name = '', choice] = /^!?([a-z][a-z0-9-]*)(?:=(.+))?$/.exec(when) ?? []
  if (!Object.hasOwn(flags, name)) return false
  const choices = flags[name]?.choices
  return choices ? choice !== undefined && choices.includes(choice) : choice === undefined
}
