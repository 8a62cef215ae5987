// What the config says is never shown, in the form that goes between processes.

/** A text, or the source of a regular expression with its flags. */
export type Pattern = string | { pattern: string; flags: string }

/** Shorter texts stand in too many other words. */
export const LEAST_CHARACTERS = 4

/** The flags that a pattern may have: all matches are hidden in any case, within one line. */
export const FLAGS = /^[dgimsu]*$/
