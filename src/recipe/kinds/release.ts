// releases(), its first step: makes a release below `root` of the folder `from` of the tree.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type ReleaseStep = StepBase & {
  kind: 'release'
  root: string
  keep: number
  from: string
  shared: readonly string[]
  mayBeEmpty?: boolean
}

export const RELEASE: StepKind<ReleaseStep> = {
  seconds: 600,
  phase: () => 'prepare',
  nameWords: () => ['release'],
  half: { without: [] },
  account: () => 'own',
  programs: () => ['rsync'],
  sh: ({ root, keep, from, mayBeEmpty, shared }) =>
    [
      ...['make_release', quote(root), String(keep), quote(from), mayBeEmpty ? 'any' : 'full'],
      ...shared.map(quote),
    ].join(' '),
  leavesTree: true,
  published: ({ from }) => from,
  filled: ({ root }) => ({ folder: root, key: 'root' }),
  releaseMade: ({ root }) => root,
}
