// The word that a person meant, where one that is known is nearly the same.

/** More letters that differ are another word: one in three, and two at most. */
const MOST_EDITS = 2
/** Of a name; shorter ones begin too many. */
const SHORTEST_BEGINNING = 3
/** More names are not compared. */
const MOST_KNOWN = 5000

/** Finds the known word that is nearest to one that is not known. @returns nothing if none is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.min(MOST_EDITS, Math.floor(Math.max(word.length, 3) / 3))
  let best: { edits: number; name: string } | undefined
  for (const name of known.slice(0, MOST_KNOWN)) {
    if (name === word || Math.abs(name.length - word.length) > most) continue
    const edits = countEdits(word.toLowerCase(), name.toLowerCase())
    if (edits <= most && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { edits, name }
  }
  return best?.name ?? begunWith(word, known)
}

/** A word that is the beginning of one name alone: `prod` of `production`. */
function begunWith(word: string, known: readonly string[]): string | undefined {
  if (word.length < SHORTEST_BEGINNING) return undefined
  const [first, ...more] = known.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()))
  return more.length === 0 ? first : undefined
}

/** How many letters to insert, take out, replace or swap with their neighbour (Damerau and Levenshtein). */
function countEdits(one: string, other: string): number {
  let older: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1]
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (isSame ? 0 : 1),
        swapped ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    older = row
    row = next
  }
  return row[other.length] ?? 0
}

/** Asks whether a known word was meant: `Did you mean 'deploy'?` @returns nothing where none is near */
export function didYouMean(word: string, known: readonly string[], before = ''): string[] {
  const meant = nearest(word, known)
  return meant === undefined ? [] : [`Did you mean '${before}${meant}'?`]
}
