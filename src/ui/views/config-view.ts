// A config as shipit reads it: each value, and where it comes from.
import type { ConfigValue } from '../../json/lines.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import type { Style } from '../output/style.ts'
import { padText, textWidth } from '../output/text-width.ts'

/** The longest key that others are aligned to. */
const WIDEST = 36

/** Formats all values, one a line. */
export function formatConfig(
  file: string,
  values: readonly ConfigValue[],
  { paint }: Pick<Style, 'paint'>,
): string[] {
  const width = Math.min(WIDEST, Math.max(0, ...values.map(({ path }) => textWidth(path))))
  return [
    paint('bold', file),
    ...values.map(
      ({ path, value, ...origin }) =>
        `${padText(path, width)}  ${words(value)}  ${paint('dim', originWords(origin))}`,
    ),
  ]
}

/** One object for the whole config. */
export function formatConfigJson(file: string, values: readonly ConfigValue[]): string {
  return renderJsonLine({ event: 'config', file, values })
}

function originWords({ from, line }: Pick<ConfigValue, 'from' | 'line'>): string {
  if (from === 'default') return '(default)'
  return line === undefined ? '(computed in the file)' : `(line ${line})`
}

function words(value: ConfigValue['value']): string {
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  return Object.entries(value)
    .map(([key, item]) => `${key} ${typeof item === 'string' ? item : item.join(' ')}`)
    .join(', ')
}
