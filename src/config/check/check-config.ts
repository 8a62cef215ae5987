// Checks a config that was loaded and splits it into what a host needs (the recipe) and what the client needs (the environments).

import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { defined } from '../../defined.ts'
import { stepsWithOwnCode } from '../../recipe/own-code.ts'
import type { Recipe } from '../../recipe/recipe.ts'
import { rootCaution } from '../../recipe/root-dangers.ts'
import { kindOf, type Step } from '../../recipe/step.ts'
import type { CheckedConfig, CheckedEnvironment } from '../checked-config.ts'
import type { Host, SshOptions } from '../define-config.ts'
import { configSchema } from '../schema/config-schema.ts'
import { ONE_EACH } from '../schema/schema-parts.ts'
import { writtenPaths } from '../source/written-paths.ts'
import { checkSteps } from './check-steps.ts'
import { describeSharedHosts, findSharedHosts, inheritConfirm } from './compare-environments.ts'
import { compareParts, peopleOf, soundParts, type WrittenConfig } from './compare-parts.ts'
import { configProblems } from './config-problems.ts'
import { hideWritten } from './hide-written.ts'
import { type PlacedStep, type Problem, problemsOf } from './problem.ts'
import { describeSecretVariables } from './secret-variables.ts'
import { describeUncovered } from './uncovered-paths.ts'

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
  const recipe = { app, account, repository, flags: flags as Recipe['flags'], allow, steps }
  const environments = environmentsOf(config, dirname(file))
  const saysConfirm = namesThatSayConfirm(config)
  const shared = findSharedHosts(environments)
  const checked = {
    file,
    recipe,
    access: { people: peopleOf(config.people, allow), git, sshd, sharedAccount },
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

/** Checks each key and each step by itself, and those that are right against each other. */
function checkParts(exported: unknown): Parts {
  const parsed = v.safeParse(configSchema, exported, ONE_EACH)
  const sound = soundParts(exported)
  const flags = sound.flags as Recipe['flags'] | undefined
  const { steps, placed, order, problems } = checkSteps(stepsOf(exported), flags ?? {})
  // which flags there are is not known
  const ofSteps = flags ? problems : problems.filter(({ path }) => !path.endsWith('.when'))
  const all = [...problemsOf(parsed.issues, ''), ...ofSteps, ...compareParts(sound, { placed, order })]
  if (all.length === 0 && parsed.success) return { config: parsed.output, steps, placed }
  return { problems: all }
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
