// Commands that CI systems look for in a job's log. Text from a host must not give one.

/** Looked for anywhere in a line: `##[` (GitHub's first form), `##vso[` (Azure), `##teamcity[`. */
const INNER = /##(?=[a-z]*\[)/gi
/**
 * At the start of a line, after blanks: `::` (GitHub). GitLab's `section_start:` counts only before a carriage return and an
 * escape sequence, and neither gets that far.
 */
const LEADING = /^((?:\s|\x1b\[[0-9;]*m)*:)(?=:)/

/** Breaks the commands that may stand anywhere: in lines that have something of ours in front, since that alone does not stop those. */
export function breakInner(text: string): string {
  return text.includes('##') ? text.replaceAll(INNER, '# #') : text
}

/** Breaks every command in one line. */
export function breakCommands(line: string): string {
  return breakInner(line).replace(LEADING, '$1 ')
}
