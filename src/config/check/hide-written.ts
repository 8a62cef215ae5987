// What a config says is never shown is not shown of the config either: mistakes are told with the line that they stand in.
import { faultOf } from '../../redact/machine.ts'
import type { Pattern } from '../../redact/pattern.ts'
import { secretsOfUrl, secretTexts } from '../../redact/secret-texts.ts'
import { hideSecrets } from '../../safe-text/secrets.ts'

/** Hides it from now on, as far as it is right. @param configs as a file has them */
export function hideWritten(configs: readonly unknown[]): void {
  hideSecrets(
    configs.flatMap((config) => [
      ...listOf(config, 'redact').flatMap(patternsOf),
      ...listOf(config, 'notify').flatMap((each) => urlOf(each)),
    ]),
  )
}

function urlOf(notify: unknown): string[] {
  const { url } = (typeof notify === 'object' && notify !== null ? notify : {}) as { url?: unknown }
  return typeof url === 'string' ? secretsOfUrl(url) : []
}

function listOf(config: unknown, key: string): readonly unknown[] {
  const list = typeof config === 'object' && config !== null ? (config as Record<string, unknown>)[key] : []
  return [list].flat()
}

function patternsOf(written: unknown): Pattern[] {
  if (typeof written === 'string') return secretTexts(written)
  if (!(written instanceof RegExp)) return []
  const pattern = { pattern: written.source, flags: written.flags }
  return faultOf(pattern) === undefined ? [pattern] : []
}
