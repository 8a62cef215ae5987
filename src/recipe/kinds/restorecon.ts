// restorecon(): puts the SELinux label of a file back.
import { basename } from 'node:path'
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type RestoreconStep = StepBase & { kind: 'restorecon'; path: string; type?: string }

export const RESTORECON: StepKind<RestoreconStep> = {
  seconds: 60,
  phase: () => 'publish',
  argumentKey: 'path',
  nameWords: (argument) => ['restorecon', basename(String(argument))],
  account: () => 'own',
  // where SELinux is on, the install script asks for it
  programs: () => [],
  sh: ({ path, type }) => `restore_label ${quote(path)} ${quote(type ?? '')}`,
  label: ({ type, path }) => (type === undefined ? undefined : { type, path }),
}
