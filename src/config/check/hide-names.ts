// A step that the config does not name is named by its words, cut and with hyphens for many letters. A secret among the words is not
// known again in what is left of it, so that is hidden as well: as a part of this one name. The name itself stays, since hosts have it.
import { nameWordsOf, spellName } from '../../recipe/default-name.ts'
import type { Step } from '../../recipe/step.ts'
import { LEAST_CHARACTERS, type Pattern } from '../../redact/pattern.ts'
import { hideSecrets, maskInLine } from '../../safe-text/secrets.ts'

/** Hides patterns from now on, in the names of steps as well. @throws SyntaxError as the check of a config tells it */
export function hideWithNames(patterns: readonly Pattern[], steps: readonly Step[]): void {
  hideSecrets(patterns)
  const names = patterns.length === 0 ? [] : [...new Set(steps.flatMap(patternOf))]
  if (names.length > 0) hideSecrets([...patterns, ...names.map((pattern) => ({ pattern, flags: '' }))])
}

/** The source of a pattern that is the name, with a group around each part of a secret. */
function patternOf(step: Step): string[] {
  const words = nameWordsOf(step)
  if (words === undefined || step.name.length < LEAST_CHARACTERS) return []
  const masked = words.split('\n').map(maskInLine).join('\n')
  const hidden = spellName(words).map(({ from, to }) => masked.slice(from, to) !== words.slice(from, to))
  const known = maskInLine(step.name)
  if (hidden.every((is, at) => !is || known[at] !== step.name[at])) return []
  const letters = [...step.name].map((letter, at) => {
    const begins = hidden[at] && !hidden[at - 1] ? '(' : ''
    const ends = hidden[at] && !hidden[at + 1] ? ')' : ''
    return `${begins}${letter.replace(/[.+]/, '\\$&')}${ends}`
  })
  return [letters.join('')]
}
