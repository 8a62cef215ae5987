// git(): brings the commit into a tree of its own.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type GitStep = StepBase & { kind: 'git' }

export const GIT: StepKind<GitStep> = {
  seconds: 300,
  phase: () => 'prepare',
  nameWords: () => ['git'],
  account: () => 'git',
  programs: () => ['git', 'tar'],
  sh: (_, { repository }) => `fetch_tree ${quote(repository)}`,
  fetches: true,
  leavesTree: true,
}
