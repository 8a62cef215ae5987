// The mistakes of a config as one error: each with its place in the file, and the line that it stands in.
import { ConfigError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { hideInText } from '../../safe-text/secrets.ts'
import { excerpt, locate } from '../source/locate.ts'
import { secretKeyOf } from './hide-written.ts'
import type { Problem } from './problem.ts'

/** The first key of a path, whose line may be nobody's to read. */
const FIRST_KEY = /^(?:\[\d+\]\.)?([^.[]+)/

/** A config as it lies on disk; `text` is empty where that is not known. `apps` are those of a list, as far as they have names. */
export type Source = { file: string; text: string; apps?: readonly (string | undefined)[] }

/** Makes one error of all mistakes. Its details have the place of the first one. */
export function configProblems({ file, text, apps = [] }: Source, problems: readonly Problem[]): ConfigError {
  const placed = problems.map(({ path, message }) => {
    const place = text === '' ? undefined : locate(text, path)
    const words = hideInText(`${subjectOf(path, apps)} ${message}`)
    return {
      words,
      where: place ? `${place.line}:${place.column}` : '',
      place,
      lines: place && !isSecret(path) ? excerpt(text, place) : [],
    }
  })
  const [first] = placed
  const details = {
    file,
    ...(first?.place ? { line: first.place.line, column: first.place.column } : {}),
    ...(placed.length > 1
      ? {
          mistakes: placed.map(({ words, place }) => ({
            message: words,
            line: place?.line,
            column: place?.column,
          })),
        }
      : {}),
  }
  if (placed.length === 1 && first) {
    const at = first.where === '' ? file : `${file}:${first.where}`
    return new ConfigError([`${at}: ${first.words}`, ...indent(first.lines)].join('\n'), { details })
  }
  const lines = placed.flatMap(({ words, where, lines: shown }) => [
    `  ${where === '' ? '' : `${where}: `}${words}`,
    ...indent(indent(shown)),
  ])
  return new ConfigError([`${file} has ${problems.length} mistakes:`, ...lines].join('\n'), { details })
}

function isSecret(path: string): boolean {
  return secretKeyOf(FIRST_KEY.exec(path)?.[1] ?? '') !== undefined
}

/** In a list, the app in place of its number. */
function subjectOf(path: string, apps: readonly (string | undefined)[]): string {
  const [, index, key] = /^\[(\d+)\](?:\.(.+))?$/.exec(path) ?? []
  const app = index === undefined ? undefined : apps[Number(index)]
  if (app === undefined) return path === '' ? 'the config' : path
  return key === undefined ? `app '${cleanQuote(app)}'` : `app '${cleanQuote(app)}': ${key}`
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
