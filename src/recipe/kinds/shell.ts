// shell(): runs a line of sh.
import { type Place, programKind } from './place.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type ShellStep = StepBase & { kind: 'shell'; text: string } & Place

export const SHELL: StepKind<ShellStep> = {
  ...programKind<ShellStep>(({ text }) => ['/bin/sh', '-euc', text]),
  argumentKey: 'text',
  nameWords: () => ['shell'],
  runsOwnCode: ({ as }) => as !== 'build',
}
