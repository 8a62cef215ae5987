// Where the values of a config come from: a line of the file, its code, or shipit's defaults.
import { defined } from '../../defined.ts'
import type { CheckedConfig } from '../checked-config.ts'
import { type ResolvedValue, resolvedValues } from '../resolved-values.ts'
import { locate } from './locate.ts'

/** A value with its origin: of the file it has a line, unless code makes it. */
export type KnownValue = ResolvedValue & { from: 'default' | 'file'; line?: number }

/** Says of each value where it comes from. @param text of the file */
export function originsOf(config: CheckedConfig, text: string): KnownValue[] {
  const written = new Set(config.sources?.written)
  const { entry } = config.sources ?? {}
  return resolvedValues(config).map(({ path, value }) => {
    if (!written.has(path)) return { path, value, from: 'default' }
    const place = locate(text, entry === undefined ? path : `${entry}.${path}`)
    return { path, value, from: 'file', ...defined({ line: place?.isExact ? place.line : undefined }) }
  })
}
