// How a run went, of how it went on each host.
import type { RunReport } from '../../json/lines.ts'

export type ReportState = RunReport['state']

/** The first that any host has is the run's; what all hosts have in common stands last. */
const WORST = ['interrupted', 'timed-out', 'failed', 'cancelled', 'unknown', 'running'] as const

/** Says how a run went, in a word. */
export function joinStates(states: readonly ReportState[]): ReportState {
  const worst = WORST.find((state) => states.includes(state))
  if (worst) return worst
  const [first = 'unknown', ...others] = new Set(states)
  return others.length === 0 ? first : 'mixed'
}

/** Says whether a run of this state left something that somebody had to put right. */
export function isBad(state: ReportState): boolean {
  return state === 'failed' || state === 'timed-out' || state === 'interrupted'
}
