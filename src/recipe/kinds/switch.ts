// releases(), its second step: makes the new release the live one.
import { quote } from '../sh/quote.ts'
import { type SharedPath, sharedWords } from './release.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type SwitchStep = StepBase & {
  kind: 'switch'
  root: string
  keep: number
  shared: readonly SharedPath[]
}

export const SWITCH: StepKind<SwitchStep> = {
  seconds: 600,
  phase: () => 'publish',
  nameWords: () => ['switch'],
  half: { without: ['from', 'mayBeEmpty', 'unsafe'] },
  account: () => 'own',
  programs: () => [],
  sh: ({ root, keep, shared }) =>
    ['switch_release', quote(root), String(keep), ...sharedWords(shared)].join(' '),
  shownAt: ({ root }) => `${root}/current`,
  releaseShown: ({ root }) => root,
}
