// The name of a step where the config gives none: its words, in the letters that a name may have, as far as there is room.
import { KINDS, kindOf, type Step } from './step.ts'

const MOST_LETTERS = 40
/** A letter that a name may have, or others that a hyphen stands for. */
const LETTERS = /(?<plain>[A-Za-z0-9 ._:/@+-])|[^A-Za-z0-9 ._:/@+-]+/g

/** A letter of a name, and what of the words it stands for. */
export type Letter = { letter: string; from: number; to: number }

/** Names a step by what was written of it. */
export function defaultName(kind: Step['kind'], argument: unknown, options: Record<string, unknown>): string {
  return nameOf(spellName(KINDS[kind].nameWords(argument, options).join(' '))) || kind
}

/** The words that a step is named by, unless the config gives it a name. */
export function nameWordsOf(step: Step): string | undefined {
  const { nameWords, argumentKey = '' } = kindOf(step)
  const options: Record<string, unknown> = step
  const words = nameWords(options[argumentKey], options).join(' ')
  return nameOf(spellName(words)) === step.name ? words : undefined
}

/** Makes the letters of a name of words. */
export function spellName(words: string): Letter[] {
  const all = [...words.matchAll(LETTERS)].map(({ 0: written, index, groups }) => ({
    letter: groups?.plain ?? '-',
    from: index,
    to: index + written.length,
  }))
  const isLetter = ({ letter }: Letter) => /[A-Za-z0-9]/.test(letter)
  const first = all.findIndex(isLetter)
  const name = first < 0 ? [] : all.slice(first, first + MOST_LETTERS)
  return name.slice(0, nameOf(name).length)
}

function nameOf(letters: readonly Letter[]): string {
  return letters
    .map(({ letter }) => letter)
    .join('')
    .trimEnd()
}
