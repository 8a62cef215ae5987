// The mistakes of a config as one error: each with its place in the file, and the line that it stands in.
import { ConfigError } from '../../errors.ts'
import { excerpt, locate } from '../source/locate.ts'
import type { Problem } from './problem.ts'

/** A config as it lies on disk; `text` is empty where that is not known. */
export type Source = { file: string; text: string }

/** Makes one error of all mistakes. Its details have the place of the first one. */
export function configProblems({ file, text }: Source, problems: readonly Problem[]): ConfigError {
  const placed = problems.map(({ path, message }) => {
    const place = text === '' ? undefined : locate(text, path)
    const words = `${path ? `${path} ` : 'the config '}${message}`
    return {
      words,
      where: place ? `${place.line}:${place.column}` : '',
      place,
      lines: place ? excerpt(text, place) : [],
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

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
