// What a config says is never shown is not shown of the config either: mistakes quote it, and are told with the line that they stand in.
import { faultOf } from '../../redact/machine.ts'
import { FLAGS, type Pattern } from '../../redact/pattern.ts'
import { secretsInWord, secretsOfUrl, secretTexts } from '../../redact/secret-texts.ts'
import { nearest } from '../../words/did-you-mean.ts'
import { VARIABLE } from '../schema/secrets.ts'
import { checkSteps } from './check-steps.ts'
import { hideWithNames } from './hide-names.ts'

const SECRET_KEYS = ['redact', 'redactEnv', 'notify'] as const

/** Says which key of what is never shown a key is, or was meant to be: nobody is to read what it says. */
export function secretKeyOf(key: string): (typeof SECRET_KEYS)[number] | undefined {
  const begins = SECRET_KEYS.find((each) => key.toLowerCase().startsWith(each.toLowerCase()))
  const exact = SECRET_KEYS.find((each) => each === key)
  return exact ?? (nearest(key, SECRET_KEYS) as (typeof SECRET_KEYS)[number] | undefined) ?? begins
}

/** Hides it from now on, as far as it can be made out. @param configs as a file has them */
export function hideWritten(configs: readonly unknown[], env: NodeJS.ProcessEnv = process.env): void {
  const entries = configs.flatMap(entriesOf)
  const written = entries.flatMap(([key, value]) => (key === 'steps' && Array.isArray(value) ? value : []))
  hideWithNames(
    entries.flatMap((entry) => secretsOf(entry, env)),
    checkSteps(written, {}).steps,
  )
}

function secretsOf([key, value]: [string, unknown], env: NodeJS.ProcessEnv): Pattern[] {
  const meant = secretKeyOf(key)
  if (meant === undefined) return []
  return [value].flat().flatMap((each): Pattern[] => {
    const patterns = [...patternsOf(each), ...webhooksOf(each, env)]
    // a name is shown; a value that stands in its place is not
    if (meant === 'redactEnv' && typeof each === 'string' && VARIABLE.test(each))
      return secretTexts(env[each] ?? '')
    return meant === 'notify' && typeof each === 'string' ? [...patterns, ...secretsOfUrl(each)] : patterns
  })
}

function webhooksOf(written: unknown, env: NodeJS.ProcessEnv): string[] {
  const { url, urlEnv, command } = Object.fromEntries(entriesOf(written))
  return [
    ...(typeof url === 'string' ? secretsOfUrl(url) : []),
    ...(typeof urlEnv === 'string' ? secretsOfUrl(env[urlEnv] ?? '') : []),
    ...[command].flat().flatMap((word) => (typeof word === 'string' ? secretsInWord(word) : [])),
  ]
}

function patternsOf(written: unknown): Pattern[] {
  if (typeof written === 'string') return secretTexts(written)
  const { source: pattern, flags = '' } =
    written instanceof RegExp ? written : sourceOf(Object.fromEntries(entriesOf(written)))
  if (typeof pattern !== 'string' || typeof flags !== 'string' || !FLAGS.test(flags)) return []
  return faultOf({ pattern, flags }) === undefined ? [{ pattern, flags }] : []
}

function sourceOf({ pattern, flags }: Record<string, unknown>): { source: unknown; flags?: unknown } {
  return { source: pattern, flags }
}

function entriesOf(written: unknown): [string, unknown][] {
  return typeof written === 'object' && written !== null ? Object.entries(written) : []
}
