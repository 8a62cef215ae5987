// releases(), its first step: makes a release below `root` of the folder `from` of the tree.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

/** A path that all releases have in common: a folder, or `{ file }`, which has to be there before the first deploy. */
export type SharedPath = string | { file: string }

export type ReleaseStep = StepBase & {
  kind: 'release'
  root: string
  keep: number
  from: string
  shared: readonly SharedPath[]
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
      ...sharedWords(shared),
    ].join(' '),
  leavesTree: true,
  published: ({ from }) => from,
  filled: ({ root }) => ({ folder: root, key: 'root' }),
  releaseMade: ({ root }) => root,
  sharedFiles: ({ root, shared }) =>
    shared.flatMap((path) => (typeof path === 'string' ? [] : [{ root, path: path.file }])),
}

/** As the host reads them (remote/step/shared.sh). */
export function sharedWords(shared: readonly SharedPath[]): string[] {
  return shared.map((path) => quote(typeof path === 'string' ? path : `file:${path.file}`))
}
