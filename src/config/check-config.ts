// Checks a config that was loaded and splits it into what a host needs (the recipe) and what the client needs (the environments).
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { ConfigError } from '../errors.ts'
import { buildAccount } from '../recipe/compile.ts'
import { stepsWithOwnCode } from '../recipe/own-code.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { checkSteps, type Problem, problemsOf } from './check-steps.ts'
import { configSchema, ONE_EACH } from './config-schema.ts'
import type { Host, SshOptions } from './define-config.ts'

/** useradd(8) */
const MAX_ACCOUNT_LENGTH = 32

/** An environment as it is used: its paths are absolute, its defaults are filled in. */
export type CheckedEnvironment = { name: string; branch: string } & (
  | { kind: 'hosts'; hosts: readonly Host[]; confirm: boolean; ssh: SshOptions }
  | { kind: 'sandbox' }
)

/** What the config asks of a host besides the recipe. */
export type CheckedAccess = {
  people: readonly { name: string; group: string; keys: readonly string[] }[]
  git: { deployKey: boolean; knownHosts: readonly string[] }
  sshd: { forceCommand: boolean }
  sharedAccount: boolean
}

/** A config that was checked. */
export type CheckedConfig = {
  /** absolute */
  file: string
  recipe: Recipe
  /** what root sets up besides the recipe; no part of its digest */
  access: CheckedAccess
  environments: readonly CheckedEnvironment[]
  /** the one that is meant when none is named */
  defaultEnvironment?: string
  /** sentences for people: allowed, and better otherwise */
  warnings: readonly string[]
}

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
  const groups = allow.map(({ group }) => group)
  const people = Object.entries(parsed.output.people).map(([name, { keys, group = groups[0] ?? '' }]) => ({
    name,
    group,
    keys,
  }))
  const stray = people.find(({ group }) => !groups.includes(group))
  if (stray)
    throw configProblems(file, [
      { path: `people.${stray.name}.group`, message: `is no group of allow: there are ${groups.join(', ')}` },
    ])
  const long = allow.flatMap(({ buildAs }, index) =>
    buildAs !== undefined && buildAccount(app, buildAs).length > MAX_ACCOUNT_LENGTH
      ? [
          {
            path: `allow[${index}].buildAs`,
            message: `makes an account name of more than ${MAX_ACCOUNT_LENGTH} characters: '${buildAccount(app, buildAs)}'`,
          },
        ]
      : [],
  )
  if (long.length > 0) throw configProblems(file, long)
  if (people.some(({ name }) => name === account))
    throw configProblems(file, [
      { path: `people.${account}`, message: "is no account of a person: it runs the app's steps" },
    ])
  if (groups.includes(account))
    throw configProblems(file, [
      { path: 'allow', message: `must not name the group '${account}': whatever the steps run could deploy` },
    ])
  const named = Object.entries(environments)
  const defaultEnvironment =
    named.find(([, each]) => each.default)?.[0] ?? (named.length === 1 ? named[0]?.[0] : undefined)
  const recipe = { app, account, repository, flags, allow, steps: checked.steps }
  return {
    file,
    recipe,
    access: { people, git, sshd, sharedAccount },
    environments: named.map(([name, each]): CheckedEnvironment => {
      const branch = each.branch ?? 'master'
      if ('sandbox' in each) return { name, branch, kind: 'sandbox' }
      const ssh = absolutePaths((each.ssh ?? {}) as SshOptions, dirname(file))
      return { name, branch, kind: 'hosts', hosts: each.hosts as Host[], confirm: each.confirm ?? false, ssh }
    }),
    ...(defaultEnvironment === undefined ? {} : { defaultEnvironment }),
    warnings: warn(recipe),
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
  const absolute = (path: string) => resolve(directory, path.replace(/^~(?=\/|$)/, homedir()))
  return {
    ...ssh,
    ...(ssh.identityFile === undefined ? {} : { identityFile: absolute(ssh.identityFile) }),
    ...(ssh.knownHostsFile === undefined ? {} : { knownHostsFile: absolute(ssh.knownHostsFile) }),
  }
}

function warn(recipe: Recipe): string[] {
  const { account } = recipe
  return stepsWithOwnCode(recipe).map(
    (name) =>
      `step '${name}' may run code of the repository as ${account}: whoever can push to an allowed branch can then do ` +
      `all that ${account} may do; use as: 'build'`,
  )
}
