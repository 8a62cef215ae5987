// What a CI system takes from the log of a job: groups that it folds, and errors that it also shows elsewhere. The text in them may
// be of others, and is escaped.
import { isAbsolute, relative } from 'node:path'
import { breakInner } from '../../safe-text/ci-commands.ts'
import { cleanLine, cleanLines } from '../../safe-text/clean-text.ts'
import type { CiSystem } from '../../words/ci-system.ts'

/** Begins a group. @param id letters, digits and `_`: no other group of the job has it */
export function openGroup(system: CiSystem, { id, title }: { id: string; title: string }): string {
  const text = breakInner(cleanLine(title))
  if (system === 'github') return `::group::${escapeData(text)}\n`
  return `\x1b[0Ksection_start:${nowSeconds()}:${id}[collapsed=true]\r\x1b[0K${text}\n`
}

/** Ends it. */
export function closeGroup(system: CiSystem, { id }: { id: string }): string {
  if (system === 'github') return '::endgroup::\n'
  return `\x1b[0Ksection_end:${nowSeconds()}:${id}\r\x1b[0K\n`
}

/** Where in a file an error is. */
export type Place = { file: string; line?: number | undefined; column?: number | undefined }

/** Renders an error for GitHub, which shows it on the page of the run, and at its place in the file. */
export function annotation(
  { message, title, place }: { message: string; title?: string; place?: Place | undefined },
  env: NodeJS.ProcessEnv,
): string {
  const properties = {
    file: place && fromWorkspace(place.file, env.GITHUB_WORKSPACE),
    line: place?.line,
    col: place?.column,
    title,
  }
  const words = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  )
  const text = cleanLines(message).map(breakInner).join('\n')
  return `::error${words.length === 0 ? '' : ` ${words.join(',')}`}::${escapeData(text)}\n`
}

/** GitHub knows files by their path in the repository. */
function fromWorkspace(file: string, workspace: string | undefined): string {
  if (!workspace) return file
  const path = relative(workspace, file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}

/** As @actions/core has it. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(breakInner(cleanLine(text)))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C')
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
