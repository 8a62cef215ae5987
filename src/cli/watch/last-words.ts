// What to say about a run that is being followed, if shipit ends before it, also by its own fault.
import { hintLines, say } from '../../ui/output/print-lines.ts'

/** What becomes of the run, and how to come back to it: each hint ends with a command. */
export type LastWords = { words: string; hints: readonly string[] }

let current: (() => LastWords) | undefined

/** @param words nothing when no run is followed any longer */
export function keepLastWords(words: (() => LastWords) | undefined): void {
  current = words
}

/** Says what becomes of the run that is followed, and how to come back to it; nothing if none is. */
export function lastWords(): string[] {
  const { words, hints = [] } = current?.() ?? {}
  return words ? [`${words.replace(/^./, (letter) => letter.toUpperCase())}.`, ...hints] : [...hints]
}

/** Tells a person who leaves. */
export function sayLeft(signal: NodeJS.Signals, { words, hints }: LastWords): void {
  // who has pressed Ctrl-C knows that
  const why = signal === 'SIGINT' ? '' : `${signal}: `
  say([`${why}left${words && `; ${words}`}`, ...hintLines(hints, process.stderr)])
}
