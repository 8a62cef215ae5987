// Checks the steps of a config and makes them complete: what the compiler may rely on is enforced here.
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { defaultName } from '../../recipe/default-name.ts'
import type { RecipeFlag } from '../../recipe/recipe.ts'
import { KINDS, kindOf, type Step } from '../../recipe/step.ts'
import type { WrittenStep } from '../../recipe/steps.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { ONE_EACH } from '../schema/schema-parts.ts'
import { STEP_SCHEMAS } from '../schema/step-schemas.ts'
import { type PlacedStep, type Problem, problemsOf } from './problem.ts'

const MAX_STEPS = 40

/**
 * Checks the steps as they were written.
 * @param flags what `when` may name
 */
export function checkSteps(
  written: readonly unknown[],
  flags: Readonly<Record<string, RecipeFlag>>,
): { steps: Step[]; placed: PlacedStep[]; problems: Problem[] } {
  const steps: Step[] = []
  const placed: PlacedStep[] = []
  const problems: Problem[] = []
  const flat = flatten(written, 'steps')
  for (const { each, path } of flat) {
    const result = checkStep(each, path)
    problems.push(...result.problems)
    if (!result.step) continue
    const { step } = result
    if (!knowsWhen(step.when, flags)) {
      problems.push({
        path: `${path}.when`,
        message: [
          `'${step.when}' is not a flag or choice of the recipe`,
          ...whenMeant(step.when, flags),
        ].join('. '),
      })
    }
    const problem = twinProblem(step, steps)
    if (problem !== undefined) problems.push({ path, message: problem })
    steps.push(step)
    placed.push({ step, path })
  }
  if (flat.length > MAX_STEPS) problems.push({ path: 'steps', message: `has more than ${MAX_STEPS} steps` })
  // both steps of releases() have the same options, and who wrote them is told once
  const isFirst = (problem: Problem, at: number) =>
    problems.findIndex((other) => isDeepStrictEqual(other, problem)) === at
  return { steps, placed, problems: problems.filter(isFirst) }
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

function twinProblem(step: Step, others: readonly Step[]): string | undefined {
  if (others.some((other) => other.name === step.name))
    return `has the same name as another step, '${step.name}': give it a different name`
  const root = kindOf(step).releaseMade?.(step)
  const isSamePlace = (other: Step) => kindOf(other).releaseMade?.(other) === root
  return root !== undefined && others.some(isSamePlace)
    ? 'has the same root as other releases: give it a different root'
    : undefined
}

function checkStep(written: unknown, path: string): { step?: Step; problems: Problem[] } {
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
  if (problems.length > 0) return { problems }
  const step = complete(written.step, argument.output, checked.output as Record<string, unknown>)
  if ('out' in step && step.out !== undefined && step.as !== 'build') {
    return {
      step,
      problems: [
        {
          path: `${path}.out`,
          message: "is only for steps with as: 'build': others work in the tree itself",
        },
      ],
    }
  }
  return { step, problems: [] }
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

/** What it may have been meant to be, of all that `when` may be with these flags. */
function whenMeant(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): string[] {
  const known = Object.entries(flags).flatMap(([name, { choices }]) =>
    choices ? choices.map((choice) => `${name}=${choice}`) : [name],
  )
  const sign = when?.startsWith('!') ? '!' : ''
  return didYouMean(when?.slice(sign.length) ?? '', known, sign)
}

function knowsWhen(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): boolean {
  if (when === undefined) return true
  const [, name = '', choice] = /^!?([a-z][a-z0-9-]*)(?:=(.+))?$/.exec(when) ?? []
  if (!Object.hasOwn(flags, name)) return false
  const choices = flags[name]?.choices
  return choices ? choice !== undefined && choices.includes(choice) : choice === undefined
}
