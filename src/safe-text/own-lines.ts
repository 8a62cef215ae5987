// Lines of ours on their way to a person: they name and quote what hosts, repositories and other people chose, and what was not
// cleaned where it was quoted is cleaned here.
import { linesOf } from './block.ts'
import { breakCommands } from './ci-commands.ts'
import { isAllPlain } from './plain-text.ts'
import { SafeLines } from './safe-lines.ts'

/** Makes lines safe, each of which may be several. Our own colours stay where there are colours. */
export function cleanOwnLines(lines: readonly string[], options: { colour: boolean }): string[] {
  const safe = new SafeLines(options)
  return linesOf(safe.push(Buffer.from(lines.map((line) => `${line}\n`).join('')))).map(breakCommands)
}

/** Makes a name safe that stands before many lines: nearly always it is as it is. */
export function cleanName(name: string): string {
  if (isAllPlain(name) && !name.includes('\n')) return name
  return cleanOwnLines([name], { colour: false }).join(' ')
}
