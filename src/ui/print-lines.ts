// Prints lines of ours, which may name and quote what hosts, repositories and other people chose. All that a command says comes
// through here, but for faces, logs and scripts: what was not cleaned where it was quoted is cleaned here.
import { linesOf } from '../safe-text/block.ts'
import { breakCommands } from '../safe-text/ci-commands.ts'
import { SafeLines } from '../safe-text/safe-lines.ts'

type Lines = string | readonly string[]

/** Prints lines for people, on stdout. */
export function print(lines: Lines): void {
  printLines(process.stdout, lines)
}

/** Prints lines for people, on stderr. */
export function say(lines: Lines): void {
  printLines(process.stderr, lines)
}

/** Prints lines for programs, as `renderJsonLine` makes them: nothing in them needs cleaning. */
export function printJson(lines: Lines): void {
  process.stdout.write([lines].flat().map(ended).join(''))
}

/** Prints whole lines for people; one of them may be several. Our own colours stay. */
function printLines(stream: NodeJS.WritableStream, lines: Lines): void {
  const safe = new SafeLines({ colour: true })
  const blocks = safe.push(Buffer.from([lines].flat().map(ended).join('')))
  stream.write(
    linesOf(blocks)
      .map((line) => ended(breakCommands(line)))
      .join(''),
  )
}

function ended(line: string): string {
  return `${line}\n`
}
