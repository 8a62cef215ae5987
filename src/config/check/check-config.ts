// Checks a config that was loaded and splits it into what a host needs (the recipe) and what the client needs (the environments).

import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { defined } from '../../defined.ts'
import { stepsWithOwnCode } from '../../recipe/own-code.ts'
import type { Recipe } from '../../recipe/recipe.ts'
import { rootCaution } from '../../recipe/root-dangers.ts'
import { kindOf, type Step } from '../../recipe/step.ts'
import type { CheckedAccess, CheckedConfig, CheckedEnvironment } from '../checked-config.ts'
import type { Host, SshOptions } from '../define-config.ts'
import { configSchema } from '../schema/config-schema.ts'
import { ONE_EACH } from '../schema/schema-parts.ts'
import { writtenPaths } from '../source/written-paths.ts'
import { checkAccess } from './check-access.ts'
import { checkDangers } from './check-dangers.ts'
import { checkOrder } from './check-order.ts'
import { checkSteps } from './check-steps.ts'
import { checkAfter, describeSharedHosts, findSharedHosts, inheritConfirm } from './compare-environments.ts'
import { compareTargets } from './compare-targets.ts'
import { configProblems } from './config-problems.ts'
import { hideWritten } from './hide-written.ts'
import { type PlacedStep, type Problem, problemsOf } from './problem.ts'
import { describeSecretVariables } from './secret-variables.ts'
import { describeUncovered } from './uncovered-paths.ts'

type WrittenConfig = v.InferOutput<typeof configSchema>

type Examined = { config: CheckedConfig; problems?: never } | { config?: never; problems: Problem[] }
type Parts =
  | { config: WrittenConfig; steps: Step[]; placed: PlacedStep[]; problems?: never }
  | { config?: never; problems: Problem[] }

/**
 * Checks what a config file exports.
 * @param file absolute path, for messages and relative paths
 * @param text of the file, in which the places of mistakes are found
 * @throws ConfigError with one line for each thing that is wrong
 */
export function checkConfig(file: string, exported: unknown, text = ''): CheckedConfig {
  const { config, problems } = examineConfig(file, exported)
  if (config) return config
  hideWritten([exported])
  throw configProblems({ file, text }, problems)
}

/** Checks one config. @returns it, or all that is wrong with it */
export function examineConfig(file: string, exported: unknown): Examined {
  const parts = checkParts(exported)
  if (!parts.config) return { problems: parts.problems }
  const { config, steps, placed } = parts
  const { app, account, sharedAccount, repository, flags, allow, git, sshd } = config
  const people = peopleOf(config)
  const together = [
    ...compareTargets(repository, placed),
    ...checkOrder(placed),
    ...checkDangers(app, placed),
    ...checkAccess(config, people),
    ...checkAfter(config.environments),
  ]
  if (together.length > 0) return { problems: together }
  const recipe = { app, account, repository, flags: flags as Recipe['flags'], allow, steps }
  const environments = environmentsOf(config, dirname(file))
  const saysConfirm = namesThatSayConfirm(config)
  const shared = findSharedHosts(environments)
  const checked = {
    file,
    recipe,
    access: { people, git, sshd, sharedAccount },
    environments: inheritConfirm(environments, shared, saysConfirm),
    redaction: { patterns: config.redact, env: config.redactEnv },
    notify: config.notify,
    ...defined({ defaultEnvironment: defaultOf(config) }),
    paths: config.paths ?? [],
    apps: [app],
    sources: { written: writtenPaths(exported), steps: placed.map(({ path }) => path) },
    warnings: [
      ...warn(recipe),
      ...describeUncovered(recipe, config.paths ?? []),
      ...describeSecretVariables(recipe),
      ...describeSharedHosts(app, shared, saysConfirm),
    ],
  }
  return { config: checked }
}

/** Checks each key and each step by itself. */
function checkParts(exported: unknown): Parts {
  const parsed = v.safeParse(configSchema, exported, ONE_EACH)
  const sound = soundParts(exported)
  const flags = sound.flags as Recipe['flags'] | undefined
  const { steps, placed, problems } = checkSteps(stepsOf(exported), flags ?? {})
  // which flags there are is not known
  const ofSteps = flags ? problems : problems.filter(({ path }) => !path.endsWith('.when'))
  const all = [...problemsOf(parsed.issues, ''), ...ofSteps]
  if (all.length === 0 && parsed.success) return { config: parsed.output, steps, placed }
  return { problems: [...all, ...compareSound(sound, problems.length === 0 ? placed : [])] }
}

/** The keys that are right by themselves, whatever the others are. */
function soundParts(exported: unknown): Partial<WrittenConfig> {
  const written = typeof exported === 'object' && exported !== null ? exported : {}
  const { app, repository, environments, flags } = configSchema.entries
  const read = <Schema extends v.GenericSchema>(key: keyof WrittenConfig, schema: Schema) => {
    const { success, output } = v.safeParse(schema, Reflect.get(written, key), ONE_EACH)
    return success ? (output as v.InferOutput<Schema>) : undefined
  }
  return defined({
    app: read('app', app),
    repository: read('repository', repository),
    environments: read('environments', environments),
    flags: read('flags', flags),
  })
}

/** What is wrong between keys and steps that are right by themselves, where others are not: told in the same list. */
function compareSound(
  { app, repository, environments = {} }: Partial<WrittenConfig>,
  placed: readonly PlacedStep[],
): Problem[] {
  return [
    ...(repository === undefined ? [] : compareTargets(repository, placed)),
    ...checkOrder(placed),
    ...(app === undefined ? [] : checkDangers(app, placed)),
    ...checkAfter(environments),
  ]
}

/** Who gets an account, each in a group: the only one of `allow` where the config says nothing, and '' if there are several. */
function peopleOf({ people, allow }: WrittenConfig): CheckedAccess['people'] {
  const [only = '', ...others] = new Set(allow.map(({ group }) => group))
  const otherwise = others.length === 0 ? only : ''
  return Object.entries(people).map(([name, { keys, group = otherwise }]) => ({ name, group, keys }))
}

function environmentsOf({ environments }: WrittenConfig, directory: string): CheckedEnvironment[] {
  return Object.entries(environments).map(([name, each]) => {
    const branch = each.branch ?? 'master'
    if ('sandbox' in each) return { name, branch, kind: 'sandbox', isBranchNamed: each.branch !== undefined }
    const ssh = absolutePaths((each.ssh ?? {}) as SshOptions, directory)
    const { hosts, confirm = false, after } = each
    return { name, branch, kind: 'hosts', hosts: hosts as Host[], confirm, ...defined({ after }), ssh }
  })
}

/** The one that is marked, or the only one. */
function defaultOf({ environments }: WrittenConfig): string | undefined {
  const named = Object.entries(environments)
  return named.find(([, each]) => each.default)?.[0] ?? (named.length === 1 ? named[0]?.[0] : undefined)
}

function namesThatSayConfirm({ environments }: WrittenConfig): Set<string> {
  const says = Object.entries(environments).filter(
    ([, each]) => 'confirm' in each && each.confirm !== undefined,
  )
  return new Set(says.map(([name]) => name))
}

function stepsOf(exported: unknown): unknown[] {
  const steps =
    typeof exported === 'object' && exported !== null && 'steps' in exported ? exported.steps : undefined
  return Array.isArray(steps) ? steps : []
}

function absolutePaths(ssh: SshOptions, directory: string): SshOptions {
  const absolute = (path: string | undefined) =>
    path === undefined ? undefined : resolve(directory, path.replace(/^~(?=\/|$)/, homedir()))
  return {
    ...ssh,
    ...defined({ identityFile: absolute(ssh.identityFile), knownHostsFile: absolute(ssh.knownHostsFile) }),
  }
}

function warn(recipe: Recipe): string[] {
  const { account } = recipe
  const ownCode = stepsWithOwnCode(recipe).map(
    (name) =>
      `step '${name}' may run code of the repository as ${account}: anybody who can push to an allowed branch can then do ` +
      `everything that ${account} may do; use as: 'build'`,
  )
  const cautions = recipe.steps.flatMap((step) => {
    const argv = kindOf(step).rootArgv?.(step)
    const caution = argv && rootCaution(recipe, argv)
    return caution === undefined ? [] : [`root step '${step.name}': ${caution}`]
  })
  return [...ownCode, ...cautions]
}
