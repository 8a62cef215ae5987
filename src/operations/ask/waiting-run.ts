// A deploy with `--wait` that has not begun: where it waits for the lock, behind whom, and what a person can do.

import { defined } from '../../defined.ts'
import { LockedError, type ShipitError } from '../../errors.ts'
import { nameCommand } from '../../words/command.ts'
import { waitWords } from '../../words/holder.ts'
import type { HostHistory } from './history-entry.ts'

/** The hosts on which a run has a place in the line. */
export function hostsWaiting(hosts: readonly HostHistory[], run: string | undefined): HostHistory[] {
  return hosts.filter(({ waiting = [] }) => waiting.some((each) => each.run === run))
}

/** Says why there is nothing to see yet of a run that waits on this host. */
export function explainWaiting(
  { host, waiting = [], status }: HostHistory,
  run: string,
  environment: string | undefined,
): ShipitError {
  const ahead = waiting.findIndex((each) => each.run === run)
  const inLine = { ahead, ...defined({ behind: waiting[ahead - 1]?.user }) }
  const holder = status?.holder
  const command = (words: string) => nameCommand(words, environment)
  const watched = holder ? [`Watch the one that has the lock: ${command(`attach --run ${holder.run}`)}`] : []
  return new LockedError(
    `run ${run} has not begun on '${host}': it is waiting for the lock (${waitWords({ holder, inLine })})`,
    {
      details: { holder, inLine },
      suggestions: [
        ...watched,
        `See when it begins: ${command('status')}`,
        `Cancel it: ${command(`cancel --run ${run}`)}`,
      ],
    },
  )
}
