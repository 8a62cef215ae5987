// What a rollback is about to do, for the person who is asked: what is live, where it goes, and the commits that go away.
import type { Live, RunEvent } from '../protocol/event.ts'
import { formatMoment } from './format-time.ts'
import { safeTextLines } from './safe-text.ts'
import { refWords, shortCommit } from './words.ts'

/** Of two runs and the commits between them. */
export type RollbackPlan = {
  live: Live
  /** the run that is live, if the history still has it */
  liveRun: (RunEvent & { time: string }) | undefined
  target: RunEvent & { time: string }
  /** that the target put in place, as far as it is known */
  commit: string | undefined
  /** those that go away; nothing when this checkout does not have both ends */
  commits: { lines: readonly string[]; more: number } | undefined
  now: Date
}

/** Formats it. */
export function formatRollback(plan: RollbackPlan): string[] {
  const { live, liveRun, target, commit, now } = plan
  const when = (run: RollbackPlan['liveRun']) =>
    run ? `, by ${run.user}, ${formatMoment(run.time, now)}` : ''
  return [
    ...(live.commit === commit
      ? ['the same commit is live already: only the steps run again; an older run: --to ID']
      : []),
    `live     ${describe(live.run, live.commit)}  ${refWords(live.ref)}${when(liveRun)}`,
    `back to  ${describe(target.run, commit)}  ${refWords(target.ref)}${when(target)}`,
    ...(live.commit === commit ? [] : commitLines(plan.commits)),
  ]
}

function describe(run: string, commit: string | undefined): string {
  return `run ${run}  ${commit === undefined || commit === '-' ? 'no commit known' : shortCommit(commit)}`
}

function commitLines(commits: RollbackPlan['commits']): string[] {
  if (!commits) {
    return ['which commits go away is not known: this checkout does not have both; git fetch may bring them']
  }
  if (commits.lines.length === 0) return ['no commit goes away']
  return [
    'these commits go away:',
    ...commits.lines.map((line) => `  ${safeTextLines(line).join(' ')}`),
    ...(commits.more > 0 ? [`  … and ${commits.more} more`] : []),
  ]
}
