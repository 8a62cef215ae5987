// Checks the steps of a config and makes them complete: what the compiler may rely on is enforced here.
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import type { Phase, RecipeFlag, Step } from '../recipe/recipe.ts'
import type { WrittenStep } from '../recipe/steps.ts'
import { type PlacedStep, type Problem, problemsOf } from './problem.ts'
import { ONE_EACH } from './schema-parts.ts'
import { STEP_SCHEMAS } from './step-schemas.ts'

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
        message: `names no flag or choice of the recipe: '${step.when}'`,
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
    // who wrote releases() sees one thing, not two
    const isOne = each.every((part) => isWrittenStep(part) && part.step in RELEASES_PHASE)
    return isOne ? each.map((part) => ({ each: part, path: own })) : flatten(each, own)
  })
}

function twinProblem(step: Step, others: readonly Step[]): string | undefined {
  if (others.some((other) => other.name === step.name))
    return `has the name of another step, '${step.name}': give it a name of its own`
  const isSamePlace = (other: Step) =>
    step.kind === 'release' && other.kind === 'release' && other.root === step.root
  return others.some(isSamePlace) ? 'has the root of other releases: give it a root of its own' : undefined
}

function checkStep(written: unknown, path: string): { step?: Step; problems: Problem[] } {
  if (!isWrittenStep(written)) {
    return { problems: [{ path, message: 'is no step: use git(), rsync(), root(), make(), command(), …' }] }
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
        { path: `${path}.out`, message: "goes with as: 'build' only: others work in the tree itself" },
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

const SECONDS = {
  ...{ git: 300, rsync: 600, command: 600, shell: 600, root: 60, restorecon: 60 },
  ...{ release: 600, switch: 600, check: 10 },
}
const RELEASES_PHASE = { release: 'prepare', switch: 'publish' } as const

function complete(kind: WrittenStep['step'], argument: unknown, options: Record<string, unknown>): Step {
  if (kind === 'release' || kind === 'switch') return completeReleases(kind, options)
  const { name, phase, timeout, ...rest } = options
  return {
    kind,
    name: name ?? defaultName(kind, argument, options),
    phase: phase ?? defaultPhase(kind, options),
    timeout: timeout ?? SECONDS[kind],
    ...rest,
    ...(kind === 'command' || kind === 'root' ? { argv: argument } : {}),
    ...(kind === 'shell' ? { text: argument } : {}),
    ...(kind === 'restorecon' ? { path: argument } : {}),
    ...(kind === 'check' ? { url: argument } : {}),
  } as Step
}

function completeReleases(kind: 'release' | 'switch', options: Record<string, unknown>): Step {
  const { name, timeout, shared, from, ...rest } = options
  return {
    kind,
    name: name === undefined ? kind : `${kind} ${name}`,
    phase: RELEASES_PHASE[kind],
    timeout: timeout ?? SECONDS[kind],
    ...rest,
    ...(kind === 'release' ? { from, shared } : {}),
  } as Step
}

function defaultPhase(kind: WrittenStep['step'], options: Record<string, unknown>): Phase {
  return kind === 'git' || options.as === 'build' ? 'prepare' : 'publish'
}

function defaultName(kind: WrittenStep['step'], argument: unknown, options: Record<string, unknown>): string {
  const words =
    kind === 'rsync'
      ? ['rsync', String(options.from).replace(/\/+$/, '')]
      : kind === 'restorecon'
        ? ['restorecon', basename(String(argument))]
        : kind === 'check'
          ? [
              'check',
              String(argument)
                .replace(/^https?:\/\/|\?.*$/g, '')
                .replace(/\/$/, ''),
            ]
          : kind === 'command' || kind === 'root'
            ? (argument as string[]).map((word, index) => (index === 0 ? basename(word) : word))
            : [kind]
  const name = words.join(' ').replace(/[^A-Za-z0-9 ._:/@+-]+/g, '-')
  return (
    name
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 40)
      .trim() || kind
  )
}

function knowsWhen(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): boolean {
  if (when === undefined) return true
  const [, name = '', choice] = /^!?([a-z][a-z0-9-]*)(?:=(.+))?$/.exec(when) ?? []
  if (!Object.hasOwn(flags, name)) return false
  const choices = flags[name]?.choices
  return choices ? choice !== undefined && choices.includes(choice) : choice === undefined
}
