// A run's id as people read it: the first digits of its random part.

/** An id within a text; one that is part of a path stays whole. */
const IN_TEXT = /(?<![\w/-])[0-9]{8}T[0-9]{6}Z-([0-9a-f]{7})[0-9a-f]{9}(?![\w/-])/g

/** Shortens an id, or each id within a text. Commands accept the short one. */
export function shortenRuns(text: string): string {
  return text.replaceAll(IN_TEXT, '$1')
}
