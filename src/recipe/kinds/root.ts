// root(): runs one exact command as root, by a line in sudoers.
import { basename } from 'node:path'
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type RootStep = StepBase & { kind: 'root'; argv: readonly string[]; inPlan?: boolean }

export const ROOT: StepKind<RootStep> = {
  seconds: 60,
  phase: () => 'publish',
  argumentKey: 'argv',
  nameWords: (argument) => (argument as string[]).map((word, index) => (index === 0 ? basename(word) : word)),
  account: () => 'root',
  // its program is an absolute path, which the install script looks for
  programs: () => [],
  sh: ({ timeout, argv, inPlan }) =>
    [...(inPlan ? ['in_plan'] : []), 'as_root', String(timeout), ...argv.map(quote)].join(' '),
  needsHost: 'root',
  inPlan: ({ inPlan }) => inPlan ?? false,
  rootArgv: ({ argv }) => argv,
}
