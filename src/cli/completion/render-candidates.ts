// Candidates as each shell takes them: one a line. What a shell could read as more than a word is not offered at all.
import { cleanLine } from '../../safe-text/clean-text.ts'
import type { Answer, Candidate } from './complete.ts'
import type { SplitLine } from './split-line.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

/**
 * Words that no shell expands, with blanks between them, as names of steps have: no quote, dollar, backtick, wildcard, tilde or
 * bracket; only a flag begins with a hyphen.
 */
const PLAIN = /^(?:--)?[A-Za-z0-9_:][A-Za-z0-9._/+@,#=:%-]*(?: [A-Za-z0-9._/+@,#=:%-]+)*$/
/** More help nobody. */
const MOST = 2000
/** What a script takes as: the names of files. */
const FILES = '\tfiles'
const ABOUT_LENGTH = 80

/** For zsh and fish, which filter, quote and insert by themselves: `VALUE<Tab>DESCRIPTION`. */
export function renderDescribed({ completion, flag }: Answer, shell: 'zsh' | 'fish'): string[] {
  if (completion === 'files') return [FILES]
  // fish replaces the whole word, zsh what follows the `=`
  const before = shell === 'fish' && flag !== undefined ? `--${flag}=` : ''
  return safe(completion).map(({ value, about = '' }) => {
    const words = cleanLine(about).replaceAll('\t', ' ')
    return `${before}${value}\t${words.length > ABOUT_LENGTH ? `${words.slice(0, ABOUT_LENGTH - 1)}…` : words}`
  })
}

/**
 * For bash, which inserts a candidate as it is, in place of what follows the last of its break characters.
 * @param breaks bash's COMP_WORDBREAKS
 */
export function renderForBash(
  { completion, typed, flag }: Answer,
  { raw, quote }: SplitLine,
  breaks: string,
): string[] {
  if (completion === 'files') return [FILES]
  const before = flag === undefined ? '' : `--${flag}=`
  const cut = quote === '' ? lastBreak(raw, breaks) : undefined
  // a word that is in quotes or escaped further on is one that bash does not cut
  const start = cut !== undefined && !/["'\\]/.test(raw) ? cut : undefined
  const isCutOfFlag = quote !== '' && flag !== undefined
  return safe(completion)
    .filter(({ value }) => value.startsWith(typed))
    .map(({ value }) => {
      const whole = quote === '' ? `${before}${value}`.replaceAll(' ', '\\ ') : value
      return start === undefined || isCutOfFlag ? whole : whole.slice(start)
    })
}

/** Where the part begins that bash replaces; quotes and blanks are breaks, too, but never in such a word. */
function lastBreak(raw: string, breaks: string): number | undefined {
  const at = [...raw].findLastIndex((char) => breaks.includes(char) && !/["'\s]/.test(char))
  return at === -1 ? undefined : at + 1
}

function safe(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ value }) => PLAIN.test(value)).slice(0, MOST)
}
