// Checks a config that was loaded and splits it into what a host needs (the recipe) and what the client needs (the environments).

import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { defined } from '../defined.ts'
import { ConfigError } from '../errors.ts'
import { buildAccount } from '../recipe/compile.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { rootCaution } from '../recipe/root-dangers.ts'
import { kindOf } from '../recipe/step.ts'
import { checkDangers } from './check-dangers.ts'
import { checkOrder } from './check-order.ts'
import { checkSteps } from './check-steps.ts'
import type { CheckedConfig, CheckedEnvironment } from './checked-config.ts'
import { describeSharedHosts, findSharedHosts, inheritConfirm } from './compare-environments.ts'
import { compareTargets } from './compare-targets.ts'
import { configSchema } from './config-schema.ts'
import type { Host, SshOptions } from './define-config.ts'
import { POWERFUL_GROUP } from './names.ts'
import { type Problem, problemsOf } from './problem.ts'
import { ONE_EACH } from './schema-parts.ts'
import { describeSecretVariables } from './secret-variables.ts'

/** useradd(8) */
const MAX_ACCOUNT_LENGTH = 32

/**
 * Checks what a config file exports.
 * @param file absolute path, for messages and relative paths
 * @throws ConfigError with one line for each thing that is wrong
 */
export function checkConfig(file: string, exported: unknown): CheckedConfig {
  const parsed = v.safeParse(configSchema, exported, ONE_EACH)
  const problems: Problem[] = problemsOf(parsed.issues, '')
  const flags = (parsed.typed ? parsed.output.flags : {}) as Recipe['flags']
  const written = stepsOf(exported)
  const checked = checkSteps(written, flags)
  if (parsed.typed) problems.push(...checked.problems)
  else problems.push(...checked.problems.filter((problem) => !problem.path.endsWith('.when')))
  if (problems.length > 0 || !parsed.success) throw configProblems(file, problems)
  const { app, account, sharedAccount, repository, allow, environments, git, sshd } = parsed.output
  // each step is right by itself
  const together = [
    ...compareTargets(repository, checked.placed),
    ...checkOrder(checked.placed),
    ...checkDangers(app, checked.placed),
  ]
  if (together.length > 0) throw configProblems(file, together)
  const groups = allow.map(({ group }) => group)
  const people = Object.entries(parsed.output.people).map(([name, { keys, group = groups[0] ?? '' }]) => ({
    name,
    group,
    keys,
  }))
  const stray = people.find(({ group }) => !groups.includes(group))
  if (stray)
    throw configProblems(file, [
      {
        path: `people.${stray.name}.group`,
        message: `is not a group of allow: the groups are ${groups.join(', ')}`,
      },
    ])
  const powerful = people.find(({ group }) => POWERFUL_GROUP.test(group))
  if (powerful)
    throw configProblems(file, [
      {
        path: `people.${powerful.name}.group`,
        message: `must not be '${powerful.group}': its members have the rights of root, and an install never gives those; use another group of allow`,
      },
    ])
  const long = allow.flatMap(({ buildAs }, index) =>
    buildAs !== undefined && buildAccount(app, buildAs).length > MAX_ACCOUNT_LENGTH
      ? [
          {
            path: `allow[${index}].buildAs`,
            message: `makes an account name longer than ${MAX_ACCOUNT_LENGTH} characters: '${buildAccount(app, buildAs)}'`,
          },
        ]
      : [],
  )
  if (long.length > 0) throw configProblems(file, long)
  if (people.some(({ name }) => name === account))
    throw configProblems(file, [
      { path: `people.${account}`, message: "is not a person's account: it runs the app's steps" },
    ])
  if (groups.includes(account))
    throw configProblems(file, [
      {
        path: 'allow',
        message: `must not name the group '${account}': the programs that the steps run could deploy`,
      },
    ])
  const named = Object.entries(environments)
  const defaultEnvironment =
    named.find(([, each]) => each.default)?.[0] ?? (named.length === 1 ? named[0]?.[0] : undefined)
  const recipe = { app, account, repository, flags, allow, steps: checked.steps }
  const used = named.map(([name, each]): CheckedEnvironment => {
    const branch = each.branch ?? 'master'
    if ('sandbox' in each) return { name, branch, kind: 'sandbox' }
    const ssh = absolutePaths((each.ssh ?? {}) as SshOptions, dirname(file))
    return { name, branch, kind: 'hosts', hosts: each.hosts as Host[], confirm: each.confirm ?? false, ssh }
  })
  const saysConfirm = new Set(
    named.flatMap(([name, each]) => ('confirm' in each && each.confirm !== undefined ? [name] : [])),
  )
  const shared = findSharedHosts(used)
  return {
    file,
    recipe,
    access: { people, git, sshd, sharedAccount },
    environments: inheritConfirm(used, shared, saysConfirm),
    ...defined({ defaultEnvironment }),
    warnings: [
      ...warn(recipe),
      ...describeSecretVariables(recipe),
      ...describeSharedHosts(app, shared, saysConfirm),
    ],
  }
}

function stepsOf(exported: unknown): unknown[] {
  const steps =
    typeof exported === 'object' && exported !== null && 'steps' in exported ? exported.steps : undefined
  return Array.isArray(steps) ? steps : []
}

function configProblems(file: string, problems: readonly Problem[]): ConfigError {
  const lines = problems.map(({ path, message }) => `${file}: ${path ? `${path} ` : 'the config '}${message}`)
  return new ConfigError(lines.join('\n'))
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
