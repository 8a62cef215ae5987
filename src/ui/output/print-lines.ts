// Prints what a command says, but for faces, logs and scripts.
import { ciSystem } from '../../words/ci-system.ts'
import { annotation } from './ci-marks.ts'
import { columnsOf, screenLines } from './screen-lines.ts'
import { chooseStyle } from './style.ts'

/** Prints lines for people, on stdout. */
export function print(lines: string | readonly string[]): void {
  printLines(process.stdout, [lines].flat())
}

/** Prints lines for people, on stderr. */
export function say(lines: string | readonly string[]): void {
  printLines(process.stderr, [lines].flat())
}

/** Tells GitHub of an error, on stderr. @returns whether there is a GitHub that shows it in the log as well */
export function annotate(error: Parameters<typeof annotation>[0]): boolean {
  if (ciSystem(process.env) !== 'github') return false
  process.stderr.write(annotation(error, process.env))
  return true
}

/** Makes lines of what a person can do next. */
export function hintLines(hints: readonly string[], stream: NodeJS.WritableStream): string[] {
  const { paint, next } = chooseStyle(stream, process.env)
  return hints.map((hint) => `${paint('yellow', next)} ${hint}`)
}

/** Prints lines for programs, as `renderJsonLine` makes them: nothing in them needs cleaning. */
export function printJson(lines: string | readonly string[]): void {
  process.stdout.write(join([lines].flat()))
}

/** Prints a text that a program reads, as it is. */
export function printWhole(text: string): void {
  process.stdout.write(text)
}

/** Prints whole lines for people. */
export function printLines(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  const style = chooseStyle(stream, process.env)
  stream.write(join(screenLines(lines, { style, columns: columnsOf(stream) })))
}

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
