// Finds the run that a person means by the beginning of its id, or by `last`.

import { UsageError } from '../../errors.ts'
import type { Waiter } from '../../protocol/event.ts'
import { RUN_ID } from '../../protocol/grammar.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'
import { refWords } from '../../words/ref.ts'

/** Stands for the newest run. */
export const LAST_RUN = 'last'

/** As many candidates are named. */
const MAX_NAMED = 5

/** Says whether a word is a whole id: then it needs no history. */
export function isWholeId(word: string): boolean {
  return RUN_ID.test(word)
}

/**
 * Finds the id that a word stands for.
 * @param entries newest first
 * @param waiting deploys that have not begun
 * @returns a whole id as it is, whether the hosts have it or not; nothing if no run is meant
 * @throws UsageError if several are meant
 */
export function matchRun(
  entries: readonly HistoryEntry[],
  word: string,
  waiting: readonly Waiter[] = [],
): string | undefined {
  if (isWholeId(word)) return word
  if (word === LAST_RUN) return entries[0]?.run.run
  const known = [
    ...waiting.map(({ run, ref, user }) => ({ run, ref, user, time: 'waiting for the lock' })),
    ...entries.map(({ run }) => run),
  ]
  const meant = new Map(
    known.flatMap((each) => (startsWith(each.run, word) ? [[each.run, each] as const] : [])),
  )
  if (meant.size < 2) return [...meant.keys()][0]
  const named = [...meant.values()].slice(0, MAX_NAMED)
  const more = meant.size - named.length
  throw new UsageError(`${meant.size} run ids begin with '${word}'`, {
    suggestions: [
      ...named.map(
        ({ run, ref, user, time }) => `${digitsFor(run, word)}: ${refWords(ref)}, by ${user}, ${time}`,
      ),
      ...(more > 0 ? [`(and ${more} more)`] : []),
    ],
  })
}

function startsWith(id: string, word: string): boolean {
  return id.startsWith(word) || randomPart(id).startsWith(word)
}

function randomPart(id: string): string {
  return id.slice(id.indexOf('-') + 1)
}

/** More digits than were given, so that the line can be told from the others. */
function digitsFor(id: string, word: string): string {
  return randomPart(id).slice(0, Math.max(7, word.length + 4))
}
