// Who holds the locks that hosts wait for, in the words of one row. Where hosts differ, none of them speaks for the others.
import type { Holder, InLine } from '../../../protocol/event.ts'
import { waitWords } from '../../../words/holder.ts'
import { foldHosts } from '../../views/fold-hosts.ts'

type Waiting = { host: string; holder?: Holder | undefined; inLine?: InLine | undefined }

/** Says what hosts wait for: one run, as far as they say the same of it; or each run with its hosts, most first. */
export function lockWords(waits: readonly Waiting[]): string {
  const differing = differingWords(waits, ({ holder }) => holder?.run ?? '', holderOrPlace)
  if (differing !== undefined) return differing
  const [first] = waits
  const holder = commonHolder(waits)
  const places = differingWords(
    waits,
    ({ inLine }) => waitWords({ inLine }),
    ({ inLine }) => waitWords({ inLine }) || 'not in line',
  )
  if (places === undefined) return waitWords({ inLine: first?.inLine, holder })
  return [places, waitWords({ holder })].filter(Boolean).join('; ')
}

/** Each with its hosts, most first; nothing where all are alike. */
function differingWords(
  waits: readonly Waiting[],
  keyOf: (waiting: Waiting) => string,
  wordsOf: (waiting: Waiting) => string,
): string | undefined {
  const groups = [...Map.groupBy(waits, keyOf).values()]
  if (groups.length <= 1) return undefined
  return groups
    .toSorted((one, other) => other.length - one.length)
    .flatMap((group) => group.slice(0, 1).map((each) => `${wordsOf(each)} (${foldHosts(namesOf(group))})`))
    .join('; ')
}

function namesOf(group: readonly Waiting[]): string[] {
  return group.map(({ host }) => host)
}

/** What hosts say alike of the run that holds their locks, and the longest time. */
function commonHolder(waits: readonly Waiting[]): Holder | undefined {
  const holders = waits.flatMap(({ holder }) => holder ?? [])
  const [first] = holders
  if (!first) return undefined
  const { step, by, ...holder } = first
  const isSame = (key: 'step' | 'by') => holders.every((other) => other[key] === first[key])
  return {
    ...holder,
    seconds: Math.max(...holders.map(({ seconds }) => seconds)),
    ...(step !== undefined && isSame('step') ? { step } : {}),
    ...(by !== undefined && isSame('by') ? { by } : {}),
  }
}

/** A lock that is free is somebody else's next. */
function holderOrPlace({ holder, inLine }: Waiting): string {
  return holder ? `held by ${holder.user}, run ${holder.run}` : waitWords({ inLine })
}
