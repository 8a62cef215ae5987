// A checked config as a list of values, each with its key path: what the file says, and the defaults beside it.
import { kindOf } from '../recipe/step.ts'
import type { CheckedConfig, CheckedEnvironment } from './checked-config.ts'

/** A text, number or switch, a list of words, or a step's kind with its argument. */
type Plain =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string | readonly string[]>>

/** One value, by the path of its key. */
export type ResolvedValue = { path: string; value: Plain }

/** Lists all values, in the order in which docs/config.md has the keys. */
export function resolvedValues(config: CheckedConfig): ResolvedValue[] {
  const { recipe, access, environments, defaultEnvironment } = config
  const { git, sshd, people, sharedAccount } = access
  return [
    ...leaves('app', recipe.app),
    ...leaves('account', recipe.account),
    ...leaves('sharedAccount', sharedAccount),
    ...leaves('repository', recipe.repository),
    ...leaves('paths', config.paths.length > 0 ? config.paths : undefined),
    ...environments.flatMap((each) => environmentValues(each, each.name === defaultEnvironment)),
    ...leaves('flags', recipe.flags),
    ...leaves('allow', recipe.allow),
    ...people.flatMap(({ name, ...person }) => leaves(`people.${name}`, person)),
    ...leaves('git', git),
    ...leaves('sshd', sshd),
    ...redactionValues(config),
    ...notifyValues(config),
    ...stepValues(config),
  ]
}

/** What is never shown is not shown here. */
function redactionValues({ redaction: { patterns, env } }: CheckedConfig): ResolvedValue[] {
  const words = patterns.map((pattern) => (typeof pattern === 'string' ? 'a text' : 'a pattern'))
  return [
    ...(words.length === 0 ? leaves('redact', words) : []),
    ...words.flatMap((word, index) => leaves(`redact[${index}]`, word)),
    ...leaves('redactEnv', env),
  ]
}

/** Of a URL only the host: the rest is as good as a password. */
function notifyValues({ notify, sources }: CheckedConfig): ResolvedValue[] {
  const isList = sources?.written.includes('notify[0]')
  return notify.flatMap(({ to, on, sandbox }, index) => {
    const shown = 'url' in to ? { url: `https://${new URL(to.url).host}/…` } : to
    return leaves(isList ? `notify[${index}]` : 'notify', { ...shown, on, sandbox })
  })
}

function environmentValues(environment: CheckedEnvironment, isDefault: boolean): ResolvedValue[] {
  const path = `environments.${environment.name}`
  const isDefaultValue = leaves(`${path}.default`, isDefault)
  const branch = leaves(`${path}.branch`, environment.branch)
  if (environment.kind === 'sandbox')
    // without a branch of its own it takes the one that is checked out
    return [
      ...leaves(`${path}.sandbox`, true),
      ...(environment.isBranchNamed ? branch : []),
      ...isDefaultValue,
    ]
  const { hosts, after, confirm, ssh } = environment
  const named = hosts.map((host) => (Object.keys(host).length === 1 ? host.name : host))
  return [
    ...leaves(`${path}.hosts`, named),
    ...branch,
    ...isDefaultValue,
    ...leaves(`${path}.after`, after),
    ...leaves(`${path}.confirm`, confirm),
    ...leaves(`${path}.ssh`, ssh),
  ]
}

/** A step by its own path, with its words; then its options. */
function stepValues({ recipe, sources }: CheckedConfig): ResolvedValue[] {
  return recipe.steps.flatMap((step, index) => {
    const path = sources?.steps[index] ?? `steps[${index}]`
    const { kind, name, ...options } = step
    const { argumentKey } = kindOf(step)
    const { [argumentKey ?? '']: argument, ...rest } = options as Record<string, unknown>
    return [
      { path, value: argument === undefined ? kind : { [kind]: argument as string | readonly string[] } },
      ...leaves(`${path}.name`, name),
      ...Object.entries(rest).flatMap(([key, value]) => leaves(`${path}.${key}`, value)),
    ]
  })
}

/** Lists of words are one value; objects and lists of objects are one for each key. */
function leaves(path: string, value: unknown): ResolvedValue[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null) return [{ path, value: value as Plain }]
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object')
    return isPlain ? [{ path, value }] : value.flatMap((item, index) => leaves(`${path}[${index}]`, item))
  }
  return Object.entries(value).flatMap(([key, item]) => leaves(`${path}.${key}`, item))
}
