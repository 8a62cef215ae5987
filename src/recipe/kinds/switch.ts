// releases(), its second step: makes the new release the live one.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type SwitchStep = StepBase & { kind: 'switch'; root: string; keep: number }

export const SWITCH: StepKind<SwitchStep> = {
  seconds: 600,
  phase: () => 'publish',
  nameWords: () => ['switch'],
  half: { without: ['from', 'mayBeEmpty', 'shared'] },
  account: () => 'own',
  programs: () => [],
  sh: ({ root, keep }) => `switch_release ${quote(root)} ${keep}`,
  shownAt: ({ root }) => `${root}/current`,
  releaseShown: ({ root }) => root,
}
