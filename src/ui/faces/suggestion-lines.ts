// What can be done, below the hosts that failed.
import { NOTHING_TOUCHED } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import type { Style } from '../output/style.ts'
import type { HostRecord } from '../record/host-record.ts'
import { anonymous } from '../views/anonymous.ts'
import { foldHosts } from '../views/fold-hosts.ts'

const MAX_SUGGESTIONS = 10

/** Formats the suggestions of the hosts that failed; what is the same but for the host is said once. */
export function suggestionLines(
  { records, style }: { records: readonly HostRecord[]; style: Style },
  failed: readonly HostRecord[],
): string[] {
  const isNowhere = failed.some(({ ended }) => ended?.error?.kind === 'held-back')
  const untouched = failed.filter(({ ended }) => ended?.error?.suggestions.includes(NOTHING_TOUCHED))
  const where = foldHosts(untouched.map(({ host }) => host))
  // a command that names its host is shown for one of those that are alike
  const told = failed.flatMap(({ host, ended }) =>
    (ended?.error?.suggestions ?? []).map((text) => ({
      text,
      // a command of shipit for one host is none for another
      key: text.includes(' --host ') ? text : anonymous({ host, ...ended?.error?.details }, text),
    })),
  )
  const said = [...Map.groupBy(told, ({ key }) => key).values()].flatMap((group) =>
    group.slice(0, 1).map(({ text }) => text),
  )
  // of some hosts it does not hold for all; where nothing was started the line above says it
  const all = new Set(
    isNowhere
      ? said.filter((each) => each !== NOTHING_TOUCHED)
      : untouched.length === records.length
        ? said
        : said.map((each) => (each === NOTHING_TOUCHED ? `${each.slice(0, -1)} on ${where}.` : each)),
  )
  const shown = [...all].slice(0, MAX_SUGGESTIONS)
  const arrow = style.paint('yellow', style.next)
  return [
    ...shown.map((suggestion) => `${arrow} ${cleanLine(suggestion)}`),
    ...(all.size > shown.length ? [`${arrow} (${all.size - shown.length} more like these)`] : []),
  ]
}
