// A run as one host tells of it, or several that say the same.
import type { EventOf, RunEvent, Waiter } from '../../protocol/event.ts'
import type { HistoryEntry } from '../../results/host-answer.ts'

/** What one host says of itself: its own history, newest first, its lock and what is live, and its recipe's digest. */
export type HostHistory = {
  host: string
  entries: readonly HistoryEntry[]
  status?: EventOf<'status'>
  /** those who wait for the lock, the next one first */
  waiting?: readonly Waiter[]
  /** the runs that can be gone back to, and those that were rolled back from */
  good: ReadonlySet<string>
  bad: ReadonlySet<string>
  digest?: string
}

/** The commit that a run put in place on a host, or was to: what was asked for, or what the host exported. */
export function commitOn(host: string, { run, hosts }: HistoryEntry): string | undefined {
  return run.commit ?? hosts.find((each) => each.host === host)?.outcome?.commit
}

/** What must be equal in what two hosts say of a run, for it to count for both. */
export function wordOf({ run, user, ref, flags, commit, to, digest, claimed }: RunEvent): string {
  return JSON.stringify([run, user, ref.kind, ref.name, flags, commit, to, digest, claimed])
}
