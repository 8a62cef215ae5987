// How far a deploy is, all hosts together.
import type { TabState } from '../output/tab-progress.ts'
import type { HostRecord } from './host-record.ts'

/** Says it by the steps that are done. Hosts that are connected to, or wait for a lock, are not under way yet. */
export function howFar(records: readonly HostRecord[]): TabState {
  let done = 0
  let all = 0
  for (const { steps, ended } of records) {
    const left = steps.filter(({ state }) => state === 'waiting' || state === 'running').length
    done += ended ? steps.length : steps.length - left
    all += steps.length
  }
  const percent = all === 0 ? 0 : (100 * done) / all
  if (records.some(({ ended }) => ended?.error)) return { state: 'failed', percent }
  if (records.every(({ state }) => state !== 'running' && state !== 'ended')) return { state: 'waiting' }
  return { state: 'running', percent }
}
