// What a rollback is about to do, for the person who is asked: what is live, where it goes, and the commits that go away.

import type { Live, RunEvent } from '../../protocol/event.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { flagWords, refWords, shortCommit } from '../../words/ref.ts'
import { hintLines } from '../output/print-lines.ts'
import { foldHosts } from './fold-hosts.ts'
import { formatMoment } from './format-time.ts'

/** A run that the history has. */
type Known = RunEvent & { time: string }

/** What is live on hosts, and where they go; of the runs what their history still has. */
type Way = {
  hosts: readonly string[]
  live: Live | undefined
  liveRun: Known | undefined
  target: Known | undefined
  /** that the target put in place, as far as it is known */
  commit: string | undefined
  /** those that go away; nothing when this checkout does not have both ends */
  commits: { lines: readonly string[]; more: number } | undefined
}

/** Of what is live and the run that is gone back to; hosts that say the same of both are together. */
export type RollbackView = { to: string; ways: readonly Way[]; now: Date }

/** Formats it. */
export function formatRollback({ to, ways, now }: RollbackView): string[] {
  const when = (run: Known | undefined) => (run ? `, by ${run.user}, ${formatMoment(run.time, now)}` : '')
  const back = Map.groupBy(ways, ({ target, commit }) =>
    target
      ? `back to  ${describe(to, commit)}  ${refWords(target.ref)}${flagWords(target.flags)}${when(target)}`
      : `back to  ${describe(to, commit)}, which is no longer in the history`,
  )
  // of several hosts that have nothing else to tell it is said once
  const isOnce = ways.length > 1 && ways.every(hasUnknownCommits)
  return [
    ...ways.flatMap((way) => {
      const { hosts, live: at, liveRun } = way
      const where = ways.length === 1 ? '' : ` on ${foldHosts(hosts)}`
      if (!at) return [`live     nothing${where}`]
      const partly = at.how === 'partial' ? ', only partly' : ''
      return [
        `live     ${describe(at.run, at.commit)}  ${refWords(at.ref)}${flagWords(liveRun?.flags)}${when(liveRun)}${partly}${where}`,
        ...(isOnce ? [] : goneLines(way)),
      ]
    }),
    ...(isOnce ? unknownCommits() : []),
    ...[...back].map(([line, group]) =>
      back.size === 1 ? line : `${line}  on ${foldHosts(group.flatMap(({ hosts }) => hosts))}`,
    ),
  ]
}

function sameWords(run: Known | undefined, target: Known): string {
  const isSame = run !== undefined && flagWords(run.flags) === flagWords(target.flags)
  return `         the same commit is already live${isSame ? ': only the steps run again' : ', with other flags'}; for an older run: --to ID`
}

function describe(run: string, commit: string | undefined): string {
  return `run ${run}  ${commit === undefined || commit === '-' ? 'no commit known' : shortCommit(commit)}`
}

/** Below what is live, in the column of its text. */
function unknownCommits(): string[] {
  const hint = hintLines(['To fetch them: git fetch'], process.stderr)
  return ['unknown which commits go away: this checkout does not have both', ...hint].map(indent)
}

function hasUnknownCommits({ live, target, commit, commits }: Way): boolean {
  return live !== undefined && !isSame(live, target, commit) && commits === undefined
}

function isSame(live: Live, target: Known | undefined, commit: string | undefined): target is Known {
  return live.commit === commit && target !== undefined
}

/** The commits that go away, as far as they are known. */
function goneLines({ live, liveRun, target, commit, commits }: Way): string[] {
  if (live && isSame(live, target, commit)) return [sameWords(liveRun, target)]
  if (!commits) return unknownCommits()
  const lines =
    commits.lines.length === 0
      ? ['no commit goes away']
      : [
          'these commits go away:',
          ...commits.lines.map((line) => `  ${cleanQuote(line)}`),
          ...(commits.more > 0 ? [`  … and ${commits.more} more`] : []),
        ]
  return lines.map(indent)
}

function indent(line: string): string {
  return `         ${line}`
}
