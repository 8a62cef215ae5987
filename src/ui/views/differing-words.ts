// What hosts say of one run, where they differ: none of them speaks for the others.
import type { RunEvent } from '../../protocol/event.ts'
import { backWords } from '../../words/ending.ts'
import { flagWords, refWords, shortCommit } from '../../words/ref.ts'
import { foldHosts } from './fold-hosts.ts'

/** What some hosts say alike of a run; nothing if their history does not have it. */
export type Word = {
  hosts: readonly string[]
  run: Pick<RunEvent, 'ref' | 'flags' | 'user' | 'to' | 'from'> | undefined
  commit?: string | undefined
}

/** Formats what they say, a line for each word; nothing if there is but one. */
export function formatDiffering(run: string, words: readonly Word[]): string[] {
  if (words.length < 2) return []
  return [
    `warning: the hosts differ about run ${run}`,
    ...words.map(({ hosts, run: said, commit }) => {
      if (!said) return `  ${foldHosts(hosts)}: has no record of it`
      const at = commit === undefined ? '' : `, commit ${shortCommit(commit)}`
      return `  ${foldHosts(hosts)}: ${refWords(said.ref)}${at}${flagWords(said.flags)}${backWords(said)}, by ${said.user}`
    }),
  ]
}
