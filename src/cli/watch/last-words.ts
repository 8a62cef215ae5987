// What is to be said of a run that is followed, if shipit should end before it: by a fault of its own, too.

let current: (() => string) | undefined

/** @param words nothing when no run is followed any longer */
export function keepLastWords(words: (() => string) | undefined): void {
  current = words
}

/** Says what becomes of the run that is followed, and how to come back to it. */
export function lastWords(): string | undefined {
  return current?.()
}
