// Quoting for sh.

/** Quotes a text as one word of sh, whatever it holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Quotes a glob for `case`: `*` stays a star, all else is literal. */
export function quotePattern(glob: string): string {
  return glob
    .split('*')
    .map((literal) => (literal === '' ? '' : quote(literal)))
    .join('*')
}
